import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'tsdown';

const root = join(import.meta.dirname, '../..');

/** The script of `tinyWorker.ts` as a thread of its own can run it, in which there is no TypeScript. */
export async function bundledWorker(): Promise<URL> {
  const outDir = join(root, 'build', 'worker');
  await build({
    cwd: root,
    config: false,
    entry: ['src/testing/tinyWorker.ts'],
    outDir,
    dts: false,
    fixedExtension: false,
    logLevel: 'silent',
    deps: { neverBundle: /^@tensorflow\// },
  });
  return pathToFileURL(join(outDir, 'tinyWorker.js'));
}
