import {
  customGrad,
  engine,
  mul,
  type Scalar,
  scalar,
  type Tensor,
  type Tensor3D,
  tensor,
  tensor3d,
} from '@tensorflow/tfjs-core';
import { composedSlope } from './composedCost.js';

/**
 * `costInBits` by plain loops, one op each way: for backends whose tensors can be read at once, where two dozen small
 * ops cost more than the arithmetic of a batch. Under a second tape the gradient is made of tfjs ops, so that it has
 * one of its own.
 *
 * bits = Σ mask (softplus(x) − x z) / (ln 2 · batch);  d bits / dx = mask (σ(x) − z) / (ln 2 · batch)
 *
 * A row with a mask of 0 gives 0, or NaN where a term is not finite: 0 · NaN and 0 · ∞ are NaN.
 */
export function loopedCost(logits: Tensor, target: Tensor, mask: Tensor): Scalar {
  const [batch = 1, , width = 1] = logits.shape;
  const unit = 1 / (Math.LN2 * batch);
  const [x, z, scored] = [logits.dataSync(), target.dataSync(), mask.dataSync()];
  const op = customGrad((...given) => {
    for (const save of given) if (typeof save === 'function') save([logits, target, mask]);
    return {
      value: scalar(unit * sumOfNats(x, z, scored, width)),
      gradFunc: (dy: Scalar, [savedX, savedZ, savedMask]: Tensor[]) => {
        const slope =
          engine().isTapeOn() && savedX && savedZ && savedMask
            ? composedSlope(savedX, savedZ, savedMask)
            : tensor(slopes(x, z, scored, width, unit), logits.shape);
        return mul(dy, slope);
      },
    };
  });
  return op(logits);
}

/** `costInBits` times `scale`, and its slope in the logits, by the same loops and without a tape. Call it in a tidy. */
export function loopedSlope(
  logits: Tensor,
  target: Tensor,
  mask: Tensor,
  scale: number,
): { value: Scalar; slope: Tensor3D } {
  const [batch = 1, steps = 0, width = 0] = logits.shape;
  const unit = scale / (Math.LN2 * batch);
  const [x, z, scored] = [logits.dataSync(), target.dataSync(), mask.dataSync()];
  return {
    value: scalar(unit * sumOfNats(x, z, scored, width)),
    slope: tensor3d(slopes(x, z, scored, width, unit), [batch, steps, width]),
  };
}

type Numbers = ArrayLike<number>;

function sumOfNats(x: Numbers, z: Numbers, mask: Numbers, width: number): number {
  let sum = 0;
  for (let row = 0; row < mask.length; row++) {
    const weight = mask[row] ?? 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const logit = x[i] ?? 0;
      // 0 · NaN and 0 · ∞ are NaN: a broken net shows, although nothing is asked here.
      sum += weight === 0 ? 0 * logit : weight * (softplus(logit) - logit * (z[i] ?? 0));
    }
  }
  return sum;
}

function slopes(x: Numbers, z: Numbers, mask: Numbers, width: number, unit: number): Float32Array {
  const slope = new Float32Array(x.length);
  for (let row = 0; row < mask.length; row++) {
    const weight = unit * (mask[row] ?? 0);
    for (let i = row * width; i < (row + 1) * width; i++) {
      const logit = x[i] ?? 0;
      if (weight === 0) slope[i] = Number.isNaN(logit) ? logit : 0;
      else slope[i] = weight * (1 / (1 + Math.exp(-logit)) - (z[i] ?? 0));
    }
  }
  return slope;
}

/** log(1 + eˣ), which overflows for no x. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
