import { TapeheadError, textOf } from '@tapehead/core';
import { checkEpisode, checkEpisodes, isList } from './checkEpisode.js';
import type { Episode } from './episode.js';

/** Whether a logit answers a bit: positive for 1, not positive for 0; NaN answers neither. */
export function answers(logit: number, bit: number): boolean {
  return bit > 0.5 ? logit > 0 : logit <= 0;
}

/**
 * The number of wrong bits of each episode.
 * @param logits `[episodes, T, outputSize]` row-major, T being the steps of the longest: what a net answers to
 * `batchOf(episodes)`, read by `await logits.data()`
 * @throws TapeheadError `shape` for any other number of logits; `argument` for logits that are no list, such as a tensor
 */
export function wrongBits(logits: ArrayLike<number>, episodes: readonly Episode[]): number[] {
  checkEpisodes(episodes);
  for (const [i, episode] of episodes.entries()) checkEpisode(`episodes[${i}]`, episode);
  checkLogits(logits);
  const stride = episodes.reduce((most, { steps, outputSize }) => Math.max(most, steps * outputSize), 0);
  if (logits.length !== episodes.length * stride) {
    throw new TapeheadError(
      'shape',
      `logits: expected ${episodes.length * stride} values (${episodes.length} episodes of ${stride}), got ${logits.length}`,
    );
  }
  return episodes.map((episode, index) => wrongFrom(logits, index * stride, episode));
}

/** @throws TapeheadError `argument` unless it is an array or a typed array */
function checkLogits(logits: ArrayLike<number>): void {
  if (isList(logits)) return;
  throw new TapeheadError(
    'argument',
    `logits: expected numbers, as await logits.data() gives them, got ${textOf(logits)}`,
  );
}

function wrongFrom(logits: ArrayLike<number>, start: number, { mask, target, outputSize }: Episode): number {
  let wrong = 0;
  target.forEach((bit, i) => {
    const scored = (mask[Math.floor(i / outputSize)] ?? 0) > 0;
    if (scored && !answers(logits[start + i] ?? Number.NaN, bit)) wrong++;
  });
  return wrong;
}
