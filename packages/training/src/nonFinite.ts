import { TapeheadError } from '@tapehead/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { trainableOf } from './model.js';
import type { Run } from './run.js';

/** What a step measured before anything was changed. */
export interface Measures {
  /** The cost, in the unit of the run's cost. */
  cost: number;
  /** ‖g‖ before clipping. */
  gradientNorm: number;
}

/** @throws TapeheadError `non-finite` that names the sequence, the value and what to try, if a measure is not finite */
export async function checkFinite(run: Run, measures: Measures, gradients: NamedTensorMap): Promise<void> {
  const { cost, gradientNorm } = measures;
  if (Number.isFinite(cost) && Number.isFinite(gradientNorm)) return;
  const [first, last] = [run.sequences + 1, run.sequences + run.batchSize];
  const where = run.batchSize === 1 ? `sequence ${first}` : `sequences ${first} to ${last}`;
  const what = Number.isFinite(cost) ? `gradient norm is ${gradientNorm}` : `cost is ${cost}`;
  throw new TapeheadError(
    'non-finite',
    `train: the ${what} at ${where}${await culprit(run, gradients)}. Nothing was changed by this step. ` +
      'Try a lower learning rate, a tighter clip such as { norm: 10 }, or go on from an earlier checkpoint',
  );
}

async function culprit(run: Run, gradients: NamedTensorMap): Promise<string> {
  const trainable = Object.entries(trainableOf(run.model));
  for (const [name, variable] of Object.entries(run.model.parameters)) {
    const value = await firstNonFinite(variable);
    if (value !== undefined) return `; parameter '${name}' already holds ${value}`;
  }
  for (const [name, { name: key }] of trainable) {
    const value = await firstNonFinite(gradients[key]);
    if (value !== undefined) return `; the gradient of '${name}' holds ${value}`;
  }
  return '';
}

async function firstNonFinite(tensor: Tensor | undefined): Promise<number | undefined> {
  if (tensor === undefined) return undefined;
  const values = await tensor.data<'float32'>();
  return values.find((value) => !Number.isFinite(value));
}
