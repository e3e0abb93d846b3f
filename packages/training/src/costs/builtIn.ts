import { checkOneOf } from '@tapehead/core';
import type { Targets } from '@tapehead/tasks';
import type { Cost } from './cost.js';
import { meanSquaredError } from './meanSquaredError.js';
import { sigmoidCrossEntropy } from './sigmoidCrossEntropy.js';
import { softmaxCrossEntropy } from './softmaxCrossEntropy.js';

/** The names of the built-in costs. */
export const costNames: readonly string[] = [
  'sigmoid-cross-entropy',
  'softmax-cross-entropy',
  'mean-squared-error',
];

/**
 * The built-in cost of a name.
 * @throws TapeheadError `argument` for another name
 */
export function costNamed(name: string): Cost {
  const cost = builtInCost(name);
  if (cost !== undefined) return cost;
  checkOneOf('cost', name, costNames);
  return sigmoidCrossEntropy;
}

export function builtInCost(name: unknown): Cost | undefined {
  return [sigmoidCrossEntropy, softmaxCrossEntropy, meanSquaredError].find((each) => each.name === name);
}

/** The built-in cost of each kind of targets. */
const costOfTargets: Readonly<Record<Targets, Cost>> = {
  bits: sigmoidCrossEntropy,
  classes: softmaxCrossEntropy,
  numbers: meanSquaredError,
};

/** The cost of a task that is given none: that of its kind of targets, bits where it does not say. */
export function defaultCost({ targets = 'bits' }: { readonly targets?: Targets | undefined }): Cost {
  return costOfTargets[targets];
}
