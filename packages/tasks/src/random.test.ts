import { expect, test } from 'vitest';
import { createRandom, restoreRandom } from './random.js';

const seeds = [0, 1, 2, 12345, 2 ** 32 - 1];
const draw = (random: ReturnType<typeof createRandom>, count: number) =>
  Array.from({ length: count }, () => [random.uniform(), random.integer(1, 20), random.bit()]);

test('the same seed gives the same stream, and no two seeds the same', () => {
  const streams = seeds.map((seed) => draw(createRandom(seed), 50));
  expect(seeds.map((seed) => draw(createRandom(seed), 50))).toEqual(streams);
  expect(new Set(streams.map((stream) => JSON.stringify(stream))).size).toBe(seeds.length);
});

test('a stream goes on from its state, and reading the state does not move it', () => {
  for (const seed of seeds) {
    const random = createRandom(seed);
    draw(random, 7);
    const state = random.state();
    expect(draw(restoreRandom(state), 50)).toEqual(draw(random, 50));
  }
});

test('bits are fair, and neither follow from the one before nor from the neighbouring seed', () => {
  const count = 4000;
  const bits = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: count }, () => random.bit());
  };
  const share = (hits: readonly boolean[]) => hits.filter(Boolean).length / hits.length;
  for (const seed of [0, 1, 2, 3]) {
    const [own, neighbour] = [bits(seed), bits(seed + 1)];
    // ± 0.04 is five standard deviations of 4,000 throws.
    expect(share(own.map((bit) => bit === 1))).toBeCloseTo(0.5, 1.1);
    expect(Math.abs(share(own.map((bit, i) => bit === own[i + 1])) - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(share(own.map((bit, i) => bit === neighbour[i])) - 0.5)).toBeLessThan(0.04);
  }
});

test.each([0, 0.1, 0.5, 0.9, 1])('a bit is 1 with the probability that is asked for: %d', (one) => {
  const random = createRandom(3);
  const ones = Array.from({ length: 4000 }, () => random.bit(one)).filter((bit) => bit === 1).length;
  // ± 0.04 is five standard deviations of 4,000 throws.
  expect(Math.abs(ones / 4000 - one)).toBeLessThan(0.04);
});

test('integers reach both ends and all between equally often', () => {
  const random = createRandom(5);
  const counts = new Map<number, number>();
  for (let i = 0; i < 20_000; i++) {
    const value = random.integer(1, 20);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  expect([...counts.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(160);
});

test('a seed or a state that is none is refused', () => {
  expect(() => createRandom(-1)).toThrow('seed: expected an integer from 0 to 4294967295, got -1');
  expect(() => createRandom(0.5)).toThrow('seed: expected an integer from 0 to 4294967295, got 0.5');
  expect(() => createRandom(2 ** 32)).toThrow(
    'seed: expected an integer from 0 to 4294967295, got 4294967296',
  );
  expect(() => restoreRandom([1, 2, 3])).toThrow('state: expected four 32-bit integers');
  expect(() => restoreRandom([0, 0, 0, 0])).toThrow('not all zero');
});
