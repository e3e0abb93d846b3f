import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './published.js';

/** The first column of the table of docs/layers.md. */
function rows(): string[] {
  const table = readFileSync(join(root, 'docs/layers.md'), 'utf8').split('\n');
  const cells = table
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((each) => each.trim()));
  return cells.filter(([, name, , , mark]) => name !== 'row' && mark === '✅').map(([, name = '']) => name);
}

it('each row of the table of layers is green, and is a test of that name', () => {
  const source = readFileSync(join(root, 'packages/ntm/src/layerOptions.test.ts'), 'utf8');
  const tested = [...source.matchAll(/'([a-zA-Z, ]+): [^'\n]+',?\s/g)].map(([, name]) => name);
  expect(rows().length).toBeGreaterThan(10);
  expect(new Set(rows())).toEqual(new Set(tested));
});
