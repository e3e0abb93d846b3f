import { restoreRandom } from '@tapehead/tasks';
import { dispose, type NamedTensorMap, type Optimizer, tidy } from '@tensorflow/tfjs-core';
import { mapped } from './clip.js';
import { gradientsOf, objectivePerBit } from './gradients.js';
import type { GravesRMSProp } from './gravesRmsProp.js';
import { limited, limitOf } from './limit.js';
import { checkFinite, type Measures } from './nonFinite.js';
import { checkPool, type Pool } from './pool.js';
import type { Run } from './run.js';

/** What computes the steps of a run, which come out the same up to the order of summation. */
export interface StepOptions {
  /** The workers that take a share of each batch: `createPool` of `@tapehead/training/workers`. */
  pool?: Pool | undefined;
}

/**
 * One update of the run: draws `batchSize` episodes, goes forward and back, clips, lets the optimizer change the
 * parameters, counts. A step that throws leaves the run as it was, random state included.
 * @throws TapeheadError `non-finite` for a cost or a gradient that is not finite, before anything was changed;
 * `worker` for a pool that has lost a worker; `argument` for a pool of another model
 */
export async function trainStep(run: Run, { pool }: StepOptions = {}): Promise<Measures> {
  const random = restoreRandom(run.random);
  const episodes = Array.from({ length: run.batchSize }, () => run.task.episode(random));
  const perBit = objectivePerBit(run.objective, episodes);
  if (pool !== undefined) checkPool(pool, run);
  const { gradients, measures } =
    pool === undefined ? gradientsOf(run.model, episodes, perBit) : await pool.gradientsOf(episodes, perBit);
  try {
    const [objective = Number.NaN, gradientNorm = Number.NaN] = await measures.data<'float32'>();
    const measured = { bits: objective / perBit, gradientNorm };
    await checkFinite(run, measured, gradients);
    applyClipped(run, gradients, gradientNorm);
    advance(run, measured.bits, random.state());
    return measured;
  } finally {
    dispose([gradients, measures]);
  }
}

/** Graves's optimizer clips as it goes; others are given clipped gradients. */
function applyClipped({ optimizer, clip }: Run, gradients: NamedTensorMap, norm: number): void {
  const limit = limitOf(clip, norm);
  if (isGraves(optimizer)) optimizer.applyLimited(gradients, limit);
  else tidy(() => optimizer.applyGradients(mapped(gradients, (gradient) => limited(gradient, limit))));
}

/** By what it can do: tfjs makes `instanceof` true of every optimizer. */
function isGraves(optimizer: Optimizer): optimizer is GravesRMSProp {
  return 'applyLimited' in optimizer;
}

/** Each sequence of a batch counts at the batch's mean cost. */
function advance(run: Run, bits: number, random: readonly number[]): void {
  for (let i = 0; i < run.batchSize; i++) run.costs[(run.sequences + i) % run.costs.length] = bits;
  run.sequences += run.batchSize;
  run.step += 1;
  run.random = random;
}
