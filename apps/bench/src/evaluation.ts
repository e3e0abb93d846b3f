import type { NTM } from '@tapehead/ntm';
import {
  batchOf,
  costInBits,
  createRandom,
  type Episode,
  scoredBits,
  type Task,
  wrongBits,
} from '@tapehead/tasks';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import type { Size } from './sizes.js';

/** How a net does at one size of episodes. */
export interface Result {
  /** In what they grow, and how far they have. */
  axis: string;
  value: number;
  sequences: number;
  /** The mean cost. */
  bitsPerSequence: number;
  /** Of all sequences together. */
  wrongBits: number;
  /** Of all bits that count. */
  wrongBitFraction: number;
}

/** A net's answer to one episode. */
export interface Answer {
  episode: Episode;
  /** `[steps, outputSize]` */
  logits: Float32Array;
}

/** Steps times sequences of one batch: memory grows with it, not with the episodes. */
const LARGEST_BATCH = 1000;

/** The first `sequences` episodes of a size under a seed; the same whatever other sizes are asked for. */
export function episodesOf(task: Task, { axis, value }: Size, sequences: number, seed: number): Episode[] {
  const random = createRandom(seed);
  const override = axis.at(value);
  return Array.from({ length: sequences }, () => task.episode(random, override));
}

export async function evaluate(
  net: NTM,
  episodes: readonly Episode[],
  { axis, value }: Size,
): Promise<Result> {
  let [bits, wrong, scored] = [0, 0, 0];
  for (const batch of batchesOf(episodes)) {
    const measured = await measure(net, batch);
    bits += measured.bits;
    wrong += measured.wrong;
    scored += batch.reduce((sum, episode) => sum + scoredBits(episode), 0);
  }
  return {
    axis: axis.name,
    value,
    sequences: episodes.length,
    bitsPerSequence: bits / episodes.length,
    wrongBits: wrong,
    wrongBitFraction: wrong / scored,
  };
}

function batchesOf(episodes: readonly Episode[]): Episode[][] {
  const longest = Math.max(...episodes.map(({ steps }) => steps));
  const size = Math.max(1, Math.floor(LARGEST_BATCH / longest));
  return Array.from({ length: Math.ceil(episodes.length / size) }, (_, i) =>
    episodes.slice(i * size, (i + 1) * size),
  );
}

/** Bits and wrong bits, summed over the batch. */
async function measure(net: NTM, episodes: Episode[]): Promise<{ bits: number; wrong: number }> {
  const { input, target, mask } = batchOf(episodes);
  const { logits, cost } = tidy(() => {
    const { logits } = net.sequence(input);
    return { logits, cost: costInBits(logits, target, mask) };
  });
  try {
    const [mean = Number.NaN] = await cost.data();
    const wrong = wrongBits(await logits.data(), episodes);
    return { bits: mean * episodes.length, wrong: wrong.reduce((sum, each) => sum + each, 0) };
  } finally {
    dispose([input, target, mask, logits, cost]);
  }
}

export async function answer(net: NTM, episode: Episode): Promise<Answer> {
  const { input, target, mask } = batchOf([episode]);
  const logits = tidy(() => net.sequence(input).logits);
  try {
    return { episode, logits: await logits.data<'float32'>() };
  } finally {
    dispose([input, target, mask, logits]);
  }
}
