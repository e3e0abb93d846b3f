import { batchOf, restoreRandom } from '@tapehead/tasks';
import { dispose, type NamedTensorMap } from '@tensorflow/tfjs-core';
import { clipGradients } from './clip.js';
import { gradientsOf, objectivePerBit } from './gradients.js';
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

function applyClipped(run: Run, gradients: NamedTensorMap, norm: number): void {
  const clipped = clipGradients(gradients, run.clip, norm);
  run.optimizer.applyGradients(clipped);
  dispose(clipped);
}

/** Each sequence of a batch counts at the batch's mean cost. */
function advance(run: Run, bits: number, random: readonly number[]): void {
  for (let i = 0; i < run.batchSize; i++) run.costs[(run.sequences + i) % run.costs.length] = bits;
  run.sequences += run.batchSize;
  run.step += 1;
  run.random = random;
}
