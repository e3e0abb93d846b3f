import { getBackend, mul, scalar, type Tensor, tensor3d, tidy } from '@tensorflow/tfjs-core';
import type { ActivationName } from './activations.js';
import { composed, perStep, type Terms } from './composed.js';
import type { MeanOver, ScaledCost } from './cost.js';

type Numbers = ArrayLike<number>;

/** The cost of one step, numbers `start` to `end` of logits x and targets z. It writes `weight` times its slope in x. */
export type RowCost = (
  x: Numbers,
  z: Numbers,
  range: readonly [start: number, end: number],
  weight: number,
  slope: Float32Array,
) => number;

/** A cost in its two forms: by tfjs ops, and by a loop over the numbers of a step. */
interface Forms {
  readonly terms: Terms;
  readonly row: RowCost | undefined;
}

/**
 * A built-in cost as a function of the logits. Where tensors can be read at once, value and slope are one loop: dozens of
 * small ops cost more than the arithmetic of a batch. On a GPU, where reading waits, tfjs differentiates the ops.
 */
export function scaledByRows(
  over: Exclude<MeanOver, 'sequences'>,
  formsOf: (activation: ActivationName) => Forms,
): ScaledCost {
  return (target, mask, scale, activation) => {
    const { terms, row } = formsOf(activation);
    const of = composed(over, terms);
    const cost = (logits: Tensor) => tidy(() => mul<ReturnType<typeof of>>(of(logits, target, mask), scale));
    if (row === undefined || !isReadableAtOnce()) return cost;
    return Object.assign(cost, {
      andSlope: (logits: Tensor) =>
        slopeByRows(row, logits, target, mask, { scale, per: perStep(over, logits) }),
    });
  };
}

function slopeByRows(
  row: RowCost,
  logits: Tensor,
  target: Tensor,
  mask: Tensor,
  { scale, per }: { readonly scale: number; readonly per: number },
) {
  const [batch = 0, steps = 0, width = 0] = logits.shape;
  const [x, z, scored] = [logits.dataSync(), target.dataSync(), mask.dataSync()];
  const total = sumOf(scored) * per;
  const unit = total === 0 ? 0 : scale / total;
  const slope = new Float32Array(x.length);
  let value = 0;
  for (let step = 0; step < scored.length; step++) {
    const weight = unit * (scored[step] ?? 0);
    const range = [step * width, (step + 1) * width] as const;
    value += weight === 0 ? zeroOf(x, range, slope) : weight * row(x, z, range, weight, slope);
  }
  return { value: scalar(value), slope: tensor3d(slope, [batch, steps, width]) };
}

/** 0, or NaN where a logit is not finite: a broken net shows, although no answer is wanted here. */
function zeroOf(x: Numbers, [start, end]: readonly [number, number], slope: Float32Array): number {
  let zero = 0;
  for (let i = start; i < end; i++) {
    const logit = x[i] ?? 0;
    zero += 0 * logit;
    if (Number.isNaN(logit)) slope[i] = logit;
  }
  return zero;
}

function sumOf(numbers: Numbers): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i] ?? 0;
  return sum;
}

/** Whether reading a tensor waits for nothing. */
function isReadableAtOnce(): boolean {
  return ['cpu', 'wasm'].includes(getBackend());
}
