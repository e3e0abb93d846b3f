import { checkInteger, TapeheadError } from '@tapehead/core';
import { checkEpisode } from '../checkEpisode.js';
import type { EpisodeNumbers } from '../episode.js';
import { checkContext, withBit } from './dynamicNgrams.js';

/**
 * What the best of all predictors, which knows how tables are drawn but not which, gives as the probability that the
 * next bit is 1, at each step of an episode of `dynamicNgrams`: (N₁ + ½) / (N₀ + N₁ + 1), N₀ and N₁ being the zeros and
 * ones that followed the same context so far (equation 10 of the paper); ½ until a context is complete.
 * @param context as the task that drew the episode has it
 * @returns `[steps]`
 * @throws TapeheadError `range` unless `context` is an integer from 1 to 16; `argument` for an episode of another task
 */
export function optimalPredictions(episode: EpisodeNumbers, context = 5): Float64Array {
  checkBits(episode);
  const { input, target } = episode;
  checkInteger('context', context);
  checkContext('context', context);
  const ones = new Float64Array(2 ** context).fill(0.5);
  const all = new Float64Array(2 ** context).fill(1);
  const predictions = new Float64Array(input.length);
  let recent = 0;
  for (const [t, bit] of input.entries()) {
    recent = withBit(recent, bit, context);
    const isWhole = t + 1 >= context;
    predictions[t] = isWhole ? (ones[recent] ?? 0.5) / (all[recent] ?? 1) : 0.5;
    if (!isWhole) continue;
    ones[recent] = (ones[recent] ?? 0.5) + (target[t] ?? 0);
    all[recent] = (all[recent] ?? 1) + 1;
  }
  return predictions;
}

/**
 * The cost of {@link optimalPredictions}, −Σ log₂ p(bit), in bits: the least that is to be had, on average.
 * @param context as the task that drew the episode has it
 * @throws TapeheadError `range` unless `context` is an integer from 1 to 16; `argument` for an episode of another task
 */
export function optimalBits(episode: EpisodeNumbers, context = 5): number {
  return optimalPredictions(episode, context).reduce(
    (bits, one, t) => bits - Math.log2(episode.target[t] === 1 ? one : 1 - one),
    0,
  );
}

/** @throws TapeheadError `argument` unless the episode has one channel of bits in and one out */
function checkBits(episode: EpisodeNumbers): void {
  checkEpisode('episode', episode);
  const { inputSize, outputSize, input, target } = episode;
  const isBit = (value: number): boolean => value === 0 || value === 1;
  if (inputSize === 1 && outputSize === 1 && input.every(isBit) && target.every(isBit)) return;
  throw new TapeheadError(
    'argument',
    `episode: expected one of dynamicNgrams, one channel of bits in and one out, got ${inputSize} and ${outputSize} channels`,
  );
}
