import { expect, test } from 'vitest';
import { axisOf } from '../axis.js';
import { type Episode, scoredBits } from '../episode.js';
import { createRandom } from '../random.js';
import { rows, zeroRows } from '../testing/rows.js';
import { associativeRecall } from './associativeRecall.js';

/** The items of an episode of the paper's task, the one asked for, and the one wanted. */
function partsOf(episode: Episode) {
  const input = rows(episode.input, 8).map((row) => row.slice(0, 6));
  const count = (episode.steps - 8) / 4;
  const three = (from: number) => input.slice(from, from + 3);
  return {
    items: Array.from({ length: count }, (_, i) => three(4 * i + 1)),
    query: three(4 * count + 1),
    wanted: rows(episode.target, 6).slice(-3),
  };
}

test('a delimiter before each item, the query between two, then silence while the next item is wanted', () => {
  const override = { minItems: 2, maxItems: 2 };
  for (const seed of [1, 2, 3]) {
    const episode = associativeRecall({ width: 2, itemLength: 2 }).episode(createRandom(seed), override);
    const [input, target] = [rows(episode.input, 4), rows(episode.target, 2)];
    const bits = input.map((row) => row.slice(0, 2));
    const [a = [], b = [], c = [], d = []] = [bits[1], bits[2], bits[4], bits[5]];
    const [item, query] = [
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ];
    const of = (vector: number[]) => [...vector, 0, 0];
    const shown = [item, of(a), of(b), item, of(c), of(d)];
    expect(input).toEqual([...shown, query, of(a), of(b), query, ...zeroRows(2, 4)]);
    expect(target).toEqual([...zeroRows(10, 2), c, d]);
    expect(Array.from(episode.mask)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    expect(episode.view.title).toBe('associative recall: 2 items, 1 asked for, 2 wanted');
  }
});

test('the paper: three vectors of 6 bits, 2 to 6 items, any but the last asked for, the next wanted', () => {
  const task = associativeRecall();
  const random = createRandom(3);
  expect([task.inputSize, task.outputSize]).toEqual([8, 6]);
  const drawn = new Set<string>();
  for (let i = 0; i < 400; i++) {
    const episode = task.episode(random);
    const { items, query, wanted } = partsOf(episode);
    const asked = items.findIndex((item) => String(item) === String(query));
    drawn.add(`${asked + 1} of ${items.length}`);
    expect(wanted).toEqual(items[asked + 1]);
    expect(episode.view.title).toContain(
      `${items.length} items, ${asked + 1} asked for, ${asked + 2} wanted`,
    );
    // Chance costs a bit for each.
    expect(scoredBits(episode)).toBe(18);
  }
  // 1 of 2; 1, 2 of 3; … 5 of 6.
  expect(drawn.size).toBe(1 + 2 + 3 + 4 + 5);
});

test('no two items of an episode are the same, were there not one to spare', () => {
  const task = associativeRecall({ width: 2, itemLength: 1, minItems: 4, maxItems: 4 });
  for (let seed = 0; seed < 20; seed++) {
    const input = rows(task.episode(createRandom(seed)).input, 4);
    const items = [1, 3, 5, 7].map((t) => String(input[t]?.slice(0, 2)));
    expect(new Set(items).size).toBe(4);
  }
});

test('it grows in items', () => {
  const task = associativeRecall();
  const { steps } = task.episode(createRandom(1), axisOf(task, 'items').at(20));
  expect(steps).toBe(20 * 4 + 5 + 3);
});

test('the same seed gives the same episodes, another seed others', () => {
  const episodes = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => associativeRecall().episode(random));
  };
  for (const seed of [0, 7, 4294967295]) expect(episodes(seed)).toEqual(episodes(seed));
  expect(episodes(0)).not.toEqual(episodes(1));
});

test('bad settings are refused by name', () => {
  expect(() => associativeRecall({ itemLength: 0 })).toThrow(
    'associative-recall.itemLength: expected an integer of at least 1, got 0',
  );
  expect(() => associativeRecall({ minItems: 1 })).toThrow(
    'associative-recall.minItems: expected an integer of at least 2, got 1',
  );
  expect(() => associativeRecall({ minItems: 7 })).toThrow(
    'associative-recall.minItems: expected at most associative-recall.maxItems (6), got 7',
  );
  expect(() => associativeRecall({ width: 2, itemLength: 1 })).toThrow(
    'associative-recall.maxItems: expected at most 4, as many as differ in 1 × 2 bits, got 6',
  );
  const tiny = associativeRecall({ width: 1, itemLength: 2, maxItems: 4 });
  expect(() => axisOf(tiny, 'items').at(5)).toThrow('items: expected at most 4, as many as differ in 2 × 1');
  expect(() => axisOf(tiny, 'items').at(1)).toThrow('items: expected an integer of at least 2, got 1');
  expect(() => tiny.episode(createRandom(0), { width: 4 })).toThrow(
    'associative-recall.width: expected 1, the width of this task, got 4',
  );
});
