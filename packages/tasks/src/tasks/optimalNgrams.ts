import { checkInteger } from '@tapehead/core';
import type { EpisodeNumbers } from '../episode.js';
import { checkContext, withBit } from './dynamicNgrams.js';

/**
 * What the best of all predictors, which knows how tables are drawn but not which, gives as the probability that the
 * next bit is 1, at each step of an episode of `dynamicNgrams`: (N₁ + ½) / (N₀ + N₁ + 1), N₀ and N₁ being the zeros and
 * ones that followed the same context so far (equation 10 of the paper); ½ until a context is complete.
 * @param context as the task that drew the episode has it
 * @returns `[steps]`
 * @throws TapeheadError `range` unless `context` is an integer from 1 to 16
 */
export function optimalPredictions({ input, target }: EpisodeNumbers, context = 5): Float64Array {
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
 * @throws TapeheadError `range` unless `context` is an integer from 1 to 16
 */
export function optimalBits(episode: EpisodeNumbers, context = 5): number {
  return optimalPredictions(episode, context).reduce(
    (bits, one, t) => bits - Math.log2(episode.target[t] === 1 ? one : 1 - one),
    0,
  );
}
