import { checkShape } from '@tapehead/core';
import {
  expandDims,
  getBackend,
  mul,
  type Scalar,
  softplus,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { gpuCost } from './gpuCost.js';
import { loopedCost } from './loopedCost.js';

/**
 * The paper's cost of an answer: Σ over the scored bits of −log₂ p(bit), the mean over the batch, in bits a sequence.
 *
 * From the logit x of a bit z the cross-entropy is softplus(x) − x z, which overflows for no x and whose
 * derivative, σ(x) − z, holds at x = 0 too.
 * @param logits `[batch, T, outputSize]`, before the sigmoid
 * @param target `[batch, T, outputSize]`
 * @param mask `[batch, T]`
 * @returns a scalar, differentiable in `logits`
 * @throws TapeheadError `shape`
 */
export function costInBits(logits: Tensor3D, target: Tensor3D, mask: Tensor2D): Scalar {
  checkShape('logits', logits, ['batch', 'time', 'outputSize']);
  const [batch, steps] = logits.shape;
  checkShape('target', target, logits.shape, 'those of logits');
  checkShape('mask', mask, [batch, steps], 'batch and time of logits');
  return readableAtOnce() ? loopedCost(logits, target, mask) : composedCost(logits, target, mask);
}

/**
 * A cost that also gives its slope in the logits by itself, where that takes less than the tape of tfjs: what
 * `differentiate` of `@tapehead/ntm` takes.
 */
export interface Cost {
  (logits: Tensor3D): Scalar;
  /** The cost and its slope, `[batch, time, outputSize]`. */
  readonly andSlope?: (logits: Tensor3D) => { value: Scalar; slope: Tensor3D };
}

/** `costInBits` times `scale` as a function of the logits; on the webgpu backend value and slope are one dispatch. */
export function scaledCost(target: Tensor3D, mask: Tensor2D, scale: number): Cost {
  const cost = (logits: Tensor3D): Scalar => mul(costInBits(logits, target, mask), scale);
  if (getBackend() !== 'webgpu') return cost;
  return Object.assign(cost, { andSlope: (logits: Tensor3D) => gpuCost(logits, target, mask, scale) });
}

/** The definition, as a composition of tfjs ops. */
export function composedCost(logits: Tensor3D, target: Tensor3D, mask: Tensor2D): Scalar {
  return tidy(() => {
    const nats = sub(softplus(logits), mul(logits, target));
    return mul(sum<Scalar>(mul(nats, expandDims(mask, 2))), 1 / (Math.LN2 * logits.shape[0]));
  });
}

/** Whether reading a tensor waits for nothing: a GPU would have to finish all its work first. */
function readableAtOnce(): boolean {
  return ['cpu', 'wasm'].includes(getBackend());
}
