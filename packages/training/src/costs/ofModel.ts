import { TapeheadError, textOf } from '@tapehead/core';
import type { Batch, Cost as LogitsCost } from '@tapehead/tasks';
import { mul, type Scalar, sum, Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Answer, SequenceModel } from '../model.js';
import { activationOf, activations } from './activations.js';
import type { Cost } from './cost.js';

type Scored = Pick<Batch, 'target' | 'mask'>;

/**
 * The cost times `scale` as a function of the logits; undefined for a cost that takes the output of a net whose settings do
 * not say how logits become output.
 */
export function costOfLogits(
  cost: Cost,
  { config }: SequenceModel,
  { target, mask }: Scored,
  scale: number,
): LogitsCost | undefined {
  const activation = activationOf(config) ?? (cost.takes === 'logits' ? 'linear' : undefined);
  if (activation === undefined) return undefined;
  if (cost.scaled !== undefined) return cost.scaled(target, mask, scale, activation);
  const { activate } = activations[activation];
  return (logits) =>
    tidy(() =>
      scaledCost(cost, cost.takes === 'logits' ? logits : activate(logits), { target, mask }, scale),
    );
}

/** The cost times `scale` of an answer. */
export function costOfAnswer(
  cost: Cost,
  { config }: SequenceModel,
  { logits, output }: Answer,
  scored: Scored,
  scale: number,
): Scalar {
  return tidy(() => {
    if (cost.takes === 'logits') return scaledCost(cost, logits, scored, scale);
    if (output instanceof Tensor) return scaledCost(cost, output, scored, scale);
    const { activate } = activations[activationOf(config) ?? 'linear'];
    return scaledCost(cost, activate(logits), scored, scale);
  });
}

/** A part of a batch without a scored step has no mean: 0 · Σ answer shows a broken net all the same. */
function scaledCost(cost: Cost, answer: Tensor, { target, mask }: Scored, scale: number): Scalar {
  if (scale === 0) return mul(sum<Scalar>(answer), 0);
  const value: unknown = cost.of(answer, target, mask);
  if (value instanceof Tensor && isScalar(value)) return mul(value, scale);
  throw new TapeheadError(
    'argument',
    `cost ${textOf(cost.name)}: expected a scalar of float32, got ${textOf(value)}`,
  );
}

function isScalar(value: Tensor): value is Scalar {
  return !value.isDisposed && value.rank === 0 && value.dtype === 'float32';
}
