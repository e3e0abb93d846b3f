import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

test('the example of the README runs as written', { timeout: 60_000 }, async () => {
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const [, example = ''] = /^```js\n(.*?)^```/ms.exec(readme) ?? [];
  // Inside the package, where its own name and its development dependencies resolve.
  const folder = join(root, 'build', 'readme');
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(join(folder, 'example.js'), example);
    const { stdout } = await promisify(execFile)(process.execPath, ['example.js'], { cwd: folder });
    expect(stdout).toMatch(/200 sequences, .* bits\n250 sequences, /);
  } finally {
    await rm(folder, { recursive: true });
  }
});
