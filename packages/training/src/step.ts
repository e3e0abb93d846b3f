import { checkOptions } from '@tapehead/core';
import { checkGpu, checkGpuAfter } from '@tapehead/core/kernels';
import { restoreRandom } from '@tapehead/tasks';
import { dispose, type NamedTensorMap, type Optimizer, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { batchGradients } from './batchGradients.js';
import { exclusively } from './busy.js';
import { mapped } from './clip.js';
import { objectivePerUnit } from './costs/count.js';
import { checkOneLength, drawEpisodes } from './episodes.js';
import type { Gradients } from './gradients.js';
import type { GravesRMSProp } from './gravesRmsProp.js';
import { limited, limitOf } from './limit.js';
import { checkFinite, type Measures } from './nonFinite.js';
import { checkPool, type Pool } from './pool.js';
import { checkRun, type Run } from './run.js';
import { atScheduledRate } from './schedule.js';

/** What computes the steps of a run, which come out the same up to the order of summation. */
export interface StepOptions {
  /** The workers that take a share of each batch: `createPool` of `@tapehead/training/workers`. */
  pool?: Pool | undefined;
}

/**
 * One update of the run: draws `batchSize` episodes, goes forward and back, clips, lets the optimizer change the
 * parameters, counts. A step that throws leaves the run as it was, random state included.
 *
 * One step of a run at a time: a second one that begins before the first is done is refused.
 * @throws TapeheadError `non-finite` for a cost or a gradient that is not finite, before anything was changed;
 * `worker` for a pool that has lost a worker; `argument` for a pool of another model, for a step that begins before
 * another is done, and for a task whose `episode` fails or gives no episode of its channels; `shape` or `range` for an
 * episode that `checkEpisode` of `@tapehead/tasks` refuses
 */
export async function trainStep(run: Run, options: StepOptions = {}): Promise<Measures> {
  checkOptions('trainStep', options, ['pool']);
  checkRun('trainStep', run);
  const { pool } = options;
  if (pool !== undefined) checkPool(pool, run);
  return exclusively('trainStep', run, () => stepOf(run, pool));
}

async function stepOf(run: Run, pool: Pool | undefined): Promise<Measures> {
  const random = restoreRandom(run.random);
  const episodes = drawEpisodes(run, random);
  if (run.carry === 'state') checkOneLength(episodes);
  const { cost } = run;
  const scaled = { cost, scale: objectivePerUnit(cost, run.objective, episodes) };
  const { result, state } = await batchGradients(run, episodes, scaled, pool);
  try {
    const measured = await update(run, result, scaled.scale);
    if (state !== undefined) run.carried = state;
    run.average?.update(run.model);
    advance(run, measured.cost, random.state());
    return measured;
  } finally {
    dispose(result);
  }
}

/**
 * Measures, then changes the parameters. A GPU that clips by itself gets its commands before anything is read: it lets all
 * be where a measure is not finite, and so does what is counted here.
 */
async function update(
  run: Run,
  { gradients, measures, packed }: Gradients,
  perUnit: number,
): Promise<Measures> {
  const { optimizer, clip } = run;
  const ahead = packed !== undefined && isGraves(optimizer);
  if (ahead) atScheduledRate(run, () => optimizer.applyGuarded(gradients, { measures, packed }, clip));
  const [objective = Number.NaN, gradientNorm = Number.NaN] = await readChecked(measures);
  const measured = { cost: objective / perUnit, gradientNorm };
  await checkFinite(run, measured, gradients);
  if (ahead) optimizer.countUpdate();
  else atScheduledRate(run, () => applyClipped(run, gradients, gradientNorm));
  return measured;
}

/** @throws TapeheadError `backend` where a GPU failed, so that what was read says nothing */
async function readChecked(measures: Tensor): Promise<Float32Array> {
  const values = await measures.data<'float32'>().catch(checkGpuAfter);
  await checkGpu();
  return values;
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
function advance(run: Run, cost: number, random: readonly number[]): void {
  for (let i = 0; i < run.batchSize; i++) run.costs[(run.sequences + i) % run.costs.length] = cost;
  run.sequences += run.batchSize;
  run.step += 1;
  run.random = random;
}
