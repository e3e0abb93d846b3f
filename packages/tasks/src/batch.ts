import { checkRoom, TapeheadError } from '@tapehead/core';
import { type Tensor2D, type Tensor3D, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { checkEpisode, checkEpisodes } from './checkEpisode.js';
import { type EpisodeNumbers, sumOfScored } from './episode.js';
import type { Targets } from './targets.js';

/** Episodes as tensors, T being the steps of the longest. The caller disposes them: `tf.dispose(batch)`. */
export type Batch = {
  /** `[batch, T, inputSize]` */
  input: Tensor3D;
  /** `[batch, T, outputSize]` */
  target: Tensor3D;
  /** `[batch, T]` */
  mask: Tensor2D;
  /** The number of bits that count in the whole batch. */
  scoredBits: number;
};

/**
 * Puts episodes side by side. Shorter ones are followed by steps of zeros under a mask of 0.
 * @param targets what the targets have to be; `bits` by default
 * @throws TapeheadError `argument` for no episodes, or for episodes with different channels; `shape` or `range` for one
 * that `checkEpisode` refuses; `range` for a batch that the backend has no memory for
 */
export function batchOf(episodes: readonly EpisodeNumbers[], targets: Targets = 'bits'): Batch {
  checkEpisodes(episodes);
  const [first] = episodes;
  if (first === undefined) throw new TapeheadError('argument', 'episodes: expected at least one, got none');
  for (const [i, episode] of episodes.entries()) {
    checkEpisode(`episodes[${i}]`, episode, targets);
    checkChannels(first, episode);
  }
  const { inputSize, outputSize } = first;
  const size = episodes.length;
  const steps = episodes.reduce((most, episode) => Math.max(most, episode.steps), 0);
  checkBatchRoom(size, steps, inputSize + outputSize + 1);
  return {
    input: tensor3d(padded(episodes, 'input', steps * inputSize), [size, steps, inputSize]),
    target: tensor3d(padded(episodes, 'target', steps * outputSize), [size, steps, outputSize]),
    mask: tensor2d(padded(episodes, 'mask', steps), [size, steps]),
    scoredBits: episodes.reduce((bits, episode) => bits + sumOfScored(episode), 0),
  };
}

/** @param numbers of one step: input, target and mask together */
function checkBatchRoom(size: number, steps: number, numbers: number): void {
  const bytes = Float32Array.BYTES_PER_ELEMENT * size * steps * numbers;
  checkRoom(`batchOf ${size} episodes of up to ${steps} steps`, bytes, 'take fewer or shorter episodes');
}

function padded(
  episodes: readonly EpisodeNumbers[],
  part: 'input' | 'target' | 'mask',
  stride: number,
): Float32Array {
  const all = new Float32Array(episodes.length * stride);
  for (const [index, episode] of episodes.entries()) all.set(episode[part], index * stride);
  return all;
}

function checkChannels(first: EpisodeNumbers, episode: EpisodeNumbers): void {
  if (episode.inputSize === first.inputSize && episode.outputSize === first.outputSize) return;
  throw new TapeheadError(
    'argument',
    `episodes: expected all of ${first.inputSize} input and ${first.outputSize} output channels like the first, ` +
      `got one of ${episode.inputSize} and ${episode.outputSize}`,
  );
}
