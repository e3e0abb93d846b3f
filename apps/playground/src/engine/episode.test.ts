import { copy } from '@tapehead/tasks';
import { expect, test } from 'vitest';
import type { EpisodeSpec } from '../run/episodeSpec.js';
import { episodeOf, ownInputOf } from './episode.js';

const task = copy({ width: 3 });
const spec: EpisodeSpec = { seed: 5, size: { length: 4 }, bits: [], meddling: [] };

test('the same spec gives the same episode, of the size that it names', () => {
  const [one, two] = [episodeOf(task, spec), episodeOf(task, spec)];
  expect(one).toEqual({ ...two, episode: expect.objectContaining({ input: two.episode.input }) });
  expect(one.episode.steps).toBe(9);
});

test('bits that are said come out where the task puts them, and are wanted back', () => {
  const { episode } = episodeOf(task, { ...spec, bits: [1, 0, 1, 0, 0, 1] });
  expect(Array.from(episode.input.subarray(0, 8))).toEqual([1, 0, 1, 0, 0, 0, 1, 0]);
  expect(Array.from(episode.target.subarray(5 * 3, 7 * 3))).toEqual([1, 0, 1, 0, 0, 1]);
});

test('bits that are said leave the others as they were drawn', () => {
  const [drawn, said] = [episodeOf(task, spec).drawn, episodeOf(task, { ...spec, bits: [1, 1] }).drawn];
  expect(said.slice(2)).toEqual(drawn.slice(2));
});

test('every bit of the input can be said, and the delimiter cannot', () => {
  const { bits, channels } = ownInputOf(task, spec);
  expect(bits).toHaveLength(4 * 3);
  expect(bits.every(({ draw, step, channel }) => draw === step * 3 + channel)).toBe(true);
  expect(channels).toHaveLength(4);
});
