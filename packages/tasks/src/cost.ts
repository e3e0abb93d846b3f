import { checkFinite, checkShape, type Floats, floatsOf, TapeheadError } from '@tapehead/core';
import { getBackend, mul, type Scalar, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { composedCost } from './composedCost.js';
import { gpuCost } from './gpuCost.js';
import { loopedCost, loopedSlope } from './loopedCost.js';

/**
 * The paper's cost of an answer: Σ over the scored bits of −log₂ p(bit), the mean over the batch, in bits a sequence.
 *
 * From the logit x of a bit z the cross-entropy is softplus(x) − x z, which overflows for no finite x and whose
 * derivative, σ(x) − z, holds at x = 0 too. A logit that is NaN or infinite gives a cost that is not finite, under a mask of 0 too.
 * @param logits `[batch, T, outputSize]`, before the sigmoid
 * @param target `[batch, T, outputSize]`, from 0 to 1
 * @param mask `[batch, T]`, at least 0
 * @returns a scalar, differentiable in `logits`, twice and more
 * @throws TapeheadError `shape`; `argument` for what is not numbers
 */
export function costInBits(logits: Floats, target: Floats, mask: Floats): Scalar {
  return tidy(() => {
    const { x, z, scored } = checkedParts(logits, target, mask);
    return readableAtOnce() ? loopedCost(x, z, scored) : composedCost(x, z, scored);
  });
}

/**
 * A cost that also gives its slope in the logits by itself, where that takes less than the tape of tfjs: what
 * `differentiate` of `@tapehead/ntm` takes.
 */
export interface Cost {
  (logits: Tensor): Scalar;
  /** The cost and its slope, `[batch, time, outputSize]`. */
  readonly andSlope?: (logits: Tensor) => { value: Scalar; slope: Tensor3D };
}

/**
 * `costInBits` times `scale` as a function of the logits; on the webgpu backend value and slope are one dispatch, on wasm
 * and cpu two loops.
 * @throws TapeheadError `range` for a scale that is not finite; `argument` for a target or a mask that is not numbers
 */
export function scaledCost(target: Floats, mask: Floats, scale: number): Cost {
  checkFinite('scale', scale);
  tidy(() => {
    floatsOf('target', target);
    floatsOf('mask', mask);
  });
  const cost = (logits: Tensor): Scalar => tidy(() => mul(costInBits(logits, target, mask), scale));
  const both = getBackend() === 'webgpu' ? gpuCost : readableAtOnce() ? loopedSlope : undefined;
  if (both === undefined) return cost;
  return Object.assign(cost, {
    andSlope: (logits: Tensor) =>
      tidy(() => {
        const { x, z, scored } = checkedParts(logits, target, mask);
        return both(x, z, scored, scale);
      }),
  });
}

/** The three as float32 tensors whose shapes fit. */
function checkedParts(
  logits: Floats,
  target: Floats,
  mask: Floats,
): { x: Tensor; z: Tensor; scored: Tensor } {
  const x = floatsOf('logits', logits);
  checkShape('logits', x, ['batch', 'time', 'outputSize']);
  const [batch = 0, steps = 0] = x.shape;
  if (batch === 0) throw new TapeheadError('shape', 'logits: expected at least one sequence, got none');
  const z = floatsOf('target', target);
  checkShape('target', z, x.shape, 'those of logits');
  const scored = floatsOf('mask', mask);
  checkShape('mask', scored, [batch, steps], 'batch and time of logits');
  return { x, z, scored };
}

/** Whether reading a tensor waits for nothing: a GPU would have to finish all its work first. */
function readableAtOnce(): boolean {
  return ['cpu', 'wasm'].includes(getBackend());
}
