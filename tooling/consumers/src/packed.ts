import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { published, root } from './published.js';
import { run } from './run.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Tarballs by the names of their packages. */
    tarballs: Record<string, string>;
  }
}

const pnpm = join(root, 'node_modules/.bin/pnpm');

/** Packs every package as `pnpm publish` would, once for all test files. */
export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'tapehead-packed-'));
  const tarballs: Record<string, string> = {};
  for (const { name, folder: cwd } of published) {
    const packed = await run(pnpm, ['pack', '--json', '--pack-destination', folder], cwd);
    tarballs[name] = JSON.parse(packed).filename;
  }
  project.provide('tarballs', tarballs);
  return () => rmSync(folder, { recursive: true });
}
