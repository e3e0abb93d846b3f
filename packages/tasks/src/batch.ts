import { TapeheadError } from '@tapehead/core';
import { type Tensor2D, type Tensor3D, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { type EpisodeNumbers, scoredBits } from './episode.js';

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
 * @throws TapeheadError `argument` for no episodes, or for episodes with different channels
 */
export function batchOf(episodes: readonly EpisodeNumbers[]): Batch {
  const [first] = episodes;
  if (first === undefined) throw new TapeheadError('argument', 'episodes: expected at least one, got none');
  const { inputSize, outputSize } = first;
  for (const episode of episodes) checkChannels(first, episode);
  const steps = Math.max(...episodes.map((episode) => episode.steps));
  const size = episodes.length;
  return {
    input: tensor3d(padded(episodes, 'input', steps * inputSize), [size, steps, inputSize]),
    target: tensor3d(padded(episodes, 'target', steps * outputSize), [size, steps, outputSize]),
    mask: tensor2d(padded(episodes, 'mask', steps), [size, steps]),
    scoredBits: episodes.reduce((bits, episode) => bits + scoredBits(episode), 0),
  };
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
