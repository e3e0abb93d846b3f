import { batchOf, restoreRandom } from '@tapehead/tasks';
import { dispose, type NamedTensorMap, type Optimizer, tidy } from '@tensorflow/tfjs-core';
import { mapped } from './clip.js';
import { gradientsOf, objectivePerBit } from './gradients.js';
import type { GravesRMSProp } from './gravesRmsProp.js';
import { limited, limitOf } from './limit.js';
import { checkFinite, type Measures } from './nonFinite.js';
import type { Run } from './run.js';

/**
 * One update of the run: draws `batchSize` episodes, goes forward and back, clips, lets the optimizer change the
 * parameters, counts. A step that throws leaves the run as it was, random state included.
 * @throws TapeheadError `non-finite` for a cost or a gradient that is not finite, before anything was changed
 */
export async function trainStep(run: Run): Promise<Measures> {
  const random = restoreRandom(run.random);
  const batch = batchOf(Array.from({ length: run.batchSize }, () => run.task.episode(random)));
  try {
    const perBit = objectivePerBit(run.objective, batch);
    const { gradients, measures } = gradientsOf(run.model, batch, perBit);
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
  } finally {
    dispose(batch);
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
