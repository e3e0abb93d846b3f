import { expect, test } from 'vitest';
import { axisOf } from '../axis.js';
import { type Episode, scoredBits } from '../episode.js';
import { createRandom } from '../random.js';
import { dynamicNgrams } from './dynamicNgrams.js';
import { optimalBits, optimalPredictions } from './optimalNgrams.js';

/** An episode of these bits. */
function episodeOf(bits: readonly number[]): Episode {
  return {
    steps: bits.length - 1,
    inputSize: 1,
    outputSize: 1,
    input: Float32Array.from(bits.slice(0, -1)),
    target: Float32Array.from(bits.slice(1)),
    mask: new Float32Array(bits.length - 1).fill(1),
    view: { title: 'by hand', inputChannels: ['bit'], outputChannels: ['next bit'] },
  };
}

test('each step gives a bit and wants the next', () => {
  const { steps, input, target, mask, view } = dynamicNgrams().episode(createRandom(1));
  expect([steps, view.title]).toEqual([199, '6-grams: 200 bits']);
  expect(Array.from(input.subarray(1))).toEqual(Array.from(target.subarray(0, -1)));
  expect([...input, ...target].every((bit) => bit === 0 || bit === 1)).toBe(true);
  expect(mask.every((scored) => scored === 1)).toBe(true);
  // Chance costs a bit for each.
  expect(scoredBits({ mask, outputSize: 1 })).toBe(199);
});

test('after the same context the same table speaks: E[p² + (1 − p)²] = 3/4 for p ~ Beta(½, ½)', () => {
  const task = dynamicNgrams({ context: 1, bits: 60 });
  const random = createRandom(2);
  let [same, pairs] = [0, 0];
  for (let i = 0; i < 4000; i++) {
    const { input, target } = task.episode(random);
    const after = Array.from(target).filter((_, t) => input[t] === 0);
    const [first, second] = after;
    if (second === undefined) continue;
    pairs++;
    if (first === second) same++;
  }
  // Four standard errors of a fraction of some 3,000 pairs.
  expect(Math.abs(same / pairs - 0.75)).toBeLessThan(0.032);
});

test('the first bits are fair, and so are all bits over all tables', () => {
  const random = createRandom(4);
  const ones = Array.from({ length: 2000 }, () => dynamicNgrams().episode(random)).map(({ input }) =>
    input.subarray(0, 5).reduce((sum, bit) => sum + bit, 0),
  );
  // Four standard errors: 2 √(1/10,000).
  expect(Math.abs(ones.reduce((sum, each) => sum + each, 0) / 10_000 - 0.5)).toBeLessThan(0.02);
});

test('the optimal estimator counts what followed the same context: (N₁ + ½) / (N₀ + N₁ + 1)', () => {
  // Contexts of one bit: 0→1, 1→1, 1→0, 0→1, 1→1.
  const alternating = episodeOf([0, 1, 1, 0, 1, 1]);
  expect(Array.from(optimalPredictions(alternating, 1))).toEqual([1 / 2, 1 / 2, 1.5 / 2, 1.5 / 2, 1.5 / 3]);
  expect(optimalBits(alternating, 1)).toBeCloseTo(1 + 1 + 2 + Math.log2(4 / 3) + 1, 12);
  // Of two bits: the first step has no context yet; then 01→1, 11→0, 10→1, 01→1.
  expect(Array.from(optimalPredictions(alternating, 2))).toEqual([1 / 2, 1 / 2, 1 / 2, 1 / 2, 1.5 / 2]);
});

test('the optimal cost of 200 bits is 132 bits to three digits, and within a few of that over 1,000 sequences', () => {
  const random = createRandom(9);
  const task = dynamicNgrams();
  const thousands = Array.from({ length: 20 }, () => {
    const costs = Array.from({ length: 1000 }, () => optimalBits(task.episode(random)));
    return costs.reduce((sum, bits) => sum + bits, 0) / 1000;
  });
  const mean = thousands.reduce((sum, bits) => sum + bits, 0) / 20;
  // A simulation apart from this code has 132.26 ± 0.06 bits and a deviation of 35.9 between sequences: two standard
  // errors of 20,000 are 0.5 bits, three of 1,000 are 3.4.
  expect(Math.abs(mean - 132.26)).toBeLessThan(0.5);
  for (const bits of thousands) expect(Math.abs(bits - 132.26)).toBeLessThan(3.4);
});

test('it grows in bits', () => {
  const task = dynamicNgrams();
  expect(task.episode(createRandom(1), axisOf(task, 'bits').at(1000)).steps).toBe(999);
  expect(() => axisOf(task, 'bits').at(5)).toThrow('bits: expected an integer of at least 6, got 5');
});

test('the same seed gives the same episodes, another seed others', () => {
  const episodes = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => dynamicNgrams().episode(random));
  };
  for (const seed of [0, 7, 4294967295]) expect(episodes(seed)).toEqual(episodes(seed));
  expect(episodes(0)).not.toEqual(episodes(1));
});

test('bad settings are refused by name', () => {
  expect(() => dynamicNgrams({ bits: 0 })).toThrow('ngrams.bits: expected an integer of at least 1, got 0');
  expect(() => dynamicNgrams({ bits: 5 })).toThrow(
    'ngrams.context: expected at most ngrams.bits − 1 (4), got 5',
  );
  expect(() => dynamicNgrams({ context: 17 })).toThrow('ngrams.context: expected at most 16, got 17');
  expect(() => optimalBits(episodeOf([0, 1]), 0)).toThrow(
    'context: expected an integer of at least 1, got 0',
  );
});
