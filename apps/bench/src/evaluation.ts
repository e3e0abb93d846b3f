import {
  batchOf,
  costInBits,
  createRandom,
  type Episode,
  scoredBits,
  type Targets,
  type Task,
  wrongBits,
} from '@tapehead/tasks';
import { type Cost, evaluate as meanCostOf, sigmoidCrossEntropy } from '@tapehead/training';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import type { Net } from './net.js';
import type { Size } from './sizes.js';
import { wrongClasses } from './wrongClasses.js';

/** How a net does on some sequences. */
export interface Measure {
  sequences: number;
  /** The mean, in the unit of the run's cost. */
  cost: number;
  unit: string;
  /** Wrong answers, where an answer is a bit or a class. */
  wrong?: Wrong;
}

/** Of all sequences together. */
export interface Wrong {
  of: 'bits' | 'classes';
  count: number;
  /** Of all that count. */
  fraction: number;
}

/** How a net does at one size of episodes. */
export interface Result extends Measure {
  /** In what they grow, and how far they have. */
  axis: string;
  value: number;
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
  net: Net,
  episodes: readonly Episode[],
  { axis, value }: Size,
  cost: Cost,
): Promise<Result> {
  return { axis: axis.name, value, ...(await measureAll(net, episodes, cost)) };
}

export async function measureAll(net: Net, episodes: readonly Episode[], cost: Cost): Promise<Measure> {
  if (cost === sigmoidCrossEntropy) return measureBits(net, episodes);
  const batchSize = largestBatch(episodes);
  const measured = await meanCostOf(net, episodes, { cost, batchSize });
  const wrong = cost.targets === 'classes' ? await wrongClassesOf(net, episodes) : undefined;
  return { sequences: episodes.length, cost: measured.cost, unit: cost.unit, ...(wrong && { wrong }) };
}

async function measureBits(net: Net, episodes: readonly Episode[]): Promise<Measure> {
  let [bits, wrong, scored] = [0, 0, 0];
  for (const batch of batchesOf(episodes)) {
    const measured = await measure(net, batch);
    bits += measured.bits;
    wrong += measured.wrong;
    scored += batch.reduce((sum, episode) => sum + scoredBits(episode), 0);
  }
  return {
    sequences: episodes.length,
    cost: bits / episodes.length,
    unit: sigmoidCrossEntropy.unit,
    wrong: { of: 'bits', count: wrong, fraction: wrong / scored },
  };
}

async function wrongClassesOf(net: Net, episodes: readonly Episode[]): Promise<Wrong> {
  let [count, scored] = [0, 0];
  for (const batch of batchesOf(episodes)) {
    const logits = await logitsOf(net, batch, 'classes');
    const counted = wrongClasses(logits, batch);
    count += counted.wrong;
    scored += counted.scored;
  }
  return { of: 'classes', count, fraction: count / scored };
}

/** Steps times sequences of one batch at most; one sequence at least. */
function largestBatch(episodes: readonly Episode[]): number {
  const longest = Math.max(...episodes.map(({ steps }) => steps));
  return Math.max(1, Math.floor(LARGEST_BATCH / longest));
}

function batchesOf(episodes: readonly Episode[]): Episode[][] {
  const size = largestBatch(episodes);
  return Array.from({ length: Math.ceil(episodes.length / size) }, (_, i) =>
    episodes.slice(i * size, (i + 1) * size),
  );
}

/** Bits and wrong bits, summed over the batch. */
async function measure(net: Net, episodes: Episode[]): Promise<{ bits: number; wrong: number }> {
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

export async function answer(net: Net, episode: Episode, targets: Targets = 'bits'): Promise<Answer> {
  return { episode, logits: await logitsOf(net, [episode], targets) };
}

async function logitsOf(net: Net, episodes: readonly Episode[], targets: Targets): Promise<Float32Array> {
  const { input, target, mask } = batchOf(episodes, targets);
  const logits = tidy(() => net.sequence(input).logits);
  try {
    return await logits.data<'float32'>();
  } finally {
    dispose([input, target, mask, logits]);
  }
}
