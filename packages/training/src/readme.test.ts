import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code = '']) => code);
const prints = [
  /200 sequences, .* bits\n250 sequences, /,
  /^\d\.\d bits\naveraged weights: \d\.\d bits/,
  /16 sequences, .* bits\n32 sequences, .*\n160 sequences, /s,
];

test('every example is known here', () => expect(examples).toHaveLength(prints.length));

test.each(prints)('the example of the README that prints %s runs as written', async (wanted) => {
  const index = prints.indexOf(wanted);
  // Inside the package, where its own name and its development dependencies resolve.
  const folder = join(root, 'build', `readme-${index}`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(join(folder, 'example.js'), examples[index] ?? '');
    const { stdout } = await promisify(execFile)(process.execPath, ['example.js'], { cwd: folder });
    expect(stdout).toMatch(wanted);
  } finally {
    await rm(folder, { recursive: true });
  }
});
