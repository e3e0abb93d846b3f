import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```js\n(.*?)^```\n\n```text\n(.*?)^```/gms)];

test.each(examples.map(([, code = '', prints = ''], i) => ({ number: i + 1, code, prints })))(
  'example $number of the README runs as written, and prints what it says',
  { timeout: 60_000 },
  async ({ number, code, prints }) => {
    // Inside the package, where its own name and its development dependencies resolve.
    const folder = join(root, 'build', `readme-${number}`);
    await mkdir(folder, { recursive: true });
    try {
      await writeFile(join(folder, 'example.js'), code);
      const { stdout } = await promisify(execFile)(process.execPath, ['example.js'], { cwd: folder });
      expect(stdout).toBe(prints);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);

test('the README has examples', () => {
  expect(examples.length).toBe(4);
});
