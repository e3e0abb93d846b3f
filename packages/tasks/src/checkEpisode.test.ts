import '@tensorflow/tfjs-backend-cpu';
import { isTapeheadError } from '@tapehead/core';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { batchOf } from './batch.js';
import { checkEpisode } from './checkEpisode.js';
import { type Episode, scoredBits } from './episode.js';
import { createRandom } from './random.js';
import { copy } from './tasks/copy.js';
import { dynamicNgrams } from './tasks/dynamicNgrams.js';
import { optimalBits } from './tasks/optimalNgrams.js';
import { episodeText } from './text.js';
import { wrongBits } from './wrong.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

beforeAll(() => setBackend('cpu'));

const episode = copy({ width: 2 }).episode(createRandom(1), { minLength: 2, maxLength: 2 });
/** The numbers with one of them changed. */
const changed = (values: Float32Array, at: number, value: number) =>
  values.map((each, i) => (i === at ? value : each));

/** Calls it with what TypeScript would refuse. */
function call(work: (...given: never[]) => unknown, ...given: unknown[]): unknown {
  return Reflect.apply(work, undefined, given);
}

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const mistakes: [odd: object, message: string][] = [
  [{ input: episode.input.slice(1) }, 'input: expected 5 × 3 = 15 numbers, got 14'],
  [{ target: episode.target.slice(1) }, 'target: expected 5 × 2 = 10 numbers, got 9'],
  [{ mask: episode.mask.slice(1) }, 'mask: expected 5 numbers, got 4'],
  [{ mask: new Float32Array(6) }, 'mask: expected 5 numbers, got 6'],
  [{ mask: undefined }, 'mask: expected a Float32Array, got undefined'],
  [
    { input: changed(episode.input, 4, nan) },
    'input: expected finite float32 numbers, got NaN at step 1, channel 1',
  ],
  [{ input: changed(episode.input, 0, infinity) }, 'input: expected finite float32 numbers, got Infinity'],
  [{ input: Array.from(episode.input, () => 1e39) }, 'input: expected finite float32 numbers, got 1e+39'],
  [
    { target: changed(episode.target, 3, -2) },
    'target: expected numbers from 0 to 1, got -2 at step 1, channel 1',
  ],
  [{ target: changed(episode.target, 3, nan) }, 'target: expected numbers from 0 to 1, got NaN'],
  [{ mask: changed(episode.mask, 2, -1) }, 'mask: expected finite numbers of at least 0, got -1 at step 2'],
  [{ mask: changed(episode.mask, 2, infinity) }, 'mask: expected finite numbers of at least 0, got Infinity'],
  [{ steps: 0 }, 'steps: expected an integer of at least 1, got 0'],
  [{ steps: 2.5 }, 'steps: expected an integer of at least 1, got 2.5'],
  [{ inputSize: nan }, 'inputSize: expected an integer of at least 1, got NaN'],
];

describe('an episode that the cost cannot take is refused by name', () => {
  test.each(mistakes)('%#: %s', (odd, message) => {
    const broken: Episode = { ...episode, ...odd };
    expect(() => checkEpisode('mine', broken)).toThrow(`mine.${message}`);
    expect(() => batchOf([episode, broken])).toThrow(`episodes[1].${message}`);
    expect(() => wrongBits(new Float32Array(20), [episode, broken])).toThrow(`episodes[1].${message}`);
    expect(() => episodeText(broken)).toThrow(`episode.${message}`);
  });
});

test('what is no episode is refused too', () => {
  const functions = [batchOf, wrongBits, episodeText, scoredBits, optimalBits];
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.constantFrom(...functions), (first, second, work) => {
      try {
        call(work, first, second);
      } catch (error) {
        expect(error).toSatisfy(isTapeheadError);
      }
    }),
    { numRuns: 1000 },
  );
  expect(() => call(batchOf, episode)).toThrow('episodes: expected a list of episodes, got an object');
  expect(() => call(batchOf, [null])).toThrow('episodes[0]: expected an episode, got null');
  expect(() => call(wrongBits, undefined, [episode])).toThrow(
    'logits: expected numbers, as await logits.data()',
  );
  expect(() => call(scoredBits, { ...episode, mask: [1, '1'] })).toThrow(
    "episode.mask: expected finite numbers of at least 0, got '1'",
  );
  expect(() => call(scoredBits, { ...episode, mask: new DataView(new ArrayBuffer(8)) })).toThrow(
    'episode.mask: expected a Float32Array, got an object',
  );
  expect(() => call(episodeText, { ...episode, view: {} })).toThrow('episode.view: expected a title');
  expect(() => call(episodeText, episode, undefined, { colums: 3 })).toThrow("did you mean 'columns'?");
  expect(() => optimalBits(episode)).toThrow('episode: expected one of dynamicNgrams');
});

test('the plain numbers of an array will do', () => {
  const { input, target, mask } = episode;
  const arrays = { ...episode, input: [...input], target: [...target], mask: [...mask] };
  expect(() => call(batchOf, [arrays])).not.toThrow();
});

test('what is scored by a weight other than 1 counts as scored', () => {
  const weighted = { ...episode, mask: episode.mask.map((each) => each / 2) };
  const wrong = episode.target.map((bit) => 1 - 2 * bit);
  expect(wrongBits(wrong, [weighted])).toEqual(wrongBits(wrong, [episode]));
  expect(episodeText(weighted, wrong).split('\n').length).toBe(
    episodeText(episode, wrong).split('\n').length,
  );
});

test('the optimum takes what its own task draws', () => {
  expect(optimalBits(dynamicNgrams().episode(createRandom(1)))).toBeGreaterThan(0);
});
