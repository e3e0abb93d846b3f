import { expect, it } from 'vitest';
import { usedLocations } from './locations.js';

/** Weightings of one step each, focused on one location each. */
function focused(size: number, locations: readonly number[]) {
  const values = new Float32Array(locations.length * size);
  for (const [step, location] of locations.entries()) values[step * size + location] = 1;
  return { values, steps: locations.length, size };
}

it('shows the used stretch of the memory with a margin of two', () => {
  expect(usedLocations([focused(40, [10, 11, 13]), focused(40, [12])])).toEqual([
    8, 9, 10, 11, 12, 13, 14, 15,
  ]);
});

it('follows the stretch over the end of the circular memory', () => {
  expect(usedLocations([focused(40, [39, 0])])).toEqual([37, 38, 39, 0, 1, 2]);
});

it('shows all of it where most is used, or nothing stands out', () => {
  const all = Array.from({ length: 10 }, (_, i) => i);
  expect(usedLocations([focused(10, [0, 3, 6, 9])])).toEqual(all);
  expect(usedLocations([{ values: new Float32Array(10).fill(0.01), steps: 1, size: 10 }])).toEqual(all);
});
