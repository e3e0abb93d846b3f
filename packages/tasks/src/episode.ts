import { checkInteger, TapeheadError, textOf } from '@tapehead/core';
import { isList } from './checkEpisode.js';

/** What a person wants to see of an episode beside its numbers. */
export interface EpisodeView {
  /** Such as `copy: 20 vectors of 8 bits`. */
  readonly title: string;
  /** A name for each of the `inputSize` channels. */
  readonly inputChannels: readonly string[];
  /** A name for each of the `outputSize` channels. */
  readonly outputChannels: readonly string[];
  /** What `episodeText` shows of it: where the title does not say what was asked, the input too. `answer` if not given. */
  readonly text?: 'answer' | 'input and answer';
}

/** One sequence to be learned. Arrays are row-major, one row a time step. */
export interface Episode {
  /** T, the number of time steps. */
  readonly steps: number;
  readonly inputSize: number;
  readonly outputSize: number;
  /** `[steps, inputSize]` */
  readonly input: Float32Array;
  /** `[steps, outputSize]`: bits, or what else the task's `targets` say; 0 where the mask is 0. */
  readonly target: Float32Array;
  /** `[steps]`: 1 where an answer is wanted, 0 where the output does not count. */
  readonly mask: Float32Array;
  readonly view: EpisodeView;
}

/** What of an episode is learned from; `view` is for people. */
export type EpisodeNumbers = Omit<Episode, 'view'>;

/**
 * The number of bits that count: Σ mask · outputSize.
 * @throws TapeheadError `argument` unless the mask is a list, `range` for a mask of what is no finite number of at least 0,
 * and for an `outputSize` that makes no sense
 */
export function scoredBits(episode: Pick<Episode, 'mask' | 'outputSize'>): number {
  if (typeof episode !== 'object' || episode === null) {
    throw new TapeheadError('argument', `episode: expected an episode, got ${textOf(episode)}`);
  }
  const { mask, outputSize } = episode;
  checkInteger('episode.outputSize', outputSize);
  if (!isList(mask)) {
    throw new TapeheadError('argument', `episode.mask: expected a Float32Array, got ${textOf(mask)}`);
  }
  for (const scored of mask) {
    if (Number.isFinite(scored) && scored >= 0) continue;
    throw new TapeheadError(
      'range',
      `episode.mask: expected finite numbers of at least 0, got ${textOf(scored)}`,
    );
  }
  return sumOfScored(episode);
}

/** `scoredBits` of an episode that was checked. */
export function sumOfScored({ mask, outputSize }: Pick<Episode, 'mask' | 'outputSize'>): number {
  let steps = 0;
  for (const scored of mask) steps += scored;
  return steps * outputSize;
}
