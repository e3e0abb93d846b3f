import {
  customGrad,
  mul,
  type Scalar,
  scalar,
  type Tensor2D,
  type Tensor3D,
  tensor3d,
} from '@tensorflow/tfjs-core';

/**
 * `costInBits` by plain loops, one op each way: for backends whose tensors can be read at once, where two dozen small
 * ops cost more than the arithmetic of a batch. The gradient is that of the logits, and has none of its own.
 *
 * bits = Σ mask (softplus(x) − x z) / (ln 2 · batch);  d bits / dx = mask (σ(x) − z) / (ln 2 · batch)
 *
 * A row with a mask of 0 gives 0, or NaN where a term is not finite: 0 · NaN and 0 · ∞ are NaN.
 */
export function loopedCost(logits: Tensor3D, target: Tensor3D, mask: Tensor2D): Scalar {
  const [batch, , width] = logits.shape;
  const unit = 1 / (Math.LN2 * batch);
  const [x, z, scored] = [logits.dataSync(), target.dataSync(), mask.dataSync()];
  const op = customGrad(() => ({
    value: scalar(unit * sumOfNats(x, z, scored, width)),
    gradFunc: (dy: Scalar) => mul(dy, tensor3d(slopes(x, z, scored, width, unit), logits.shape)),
  }));
  return op(logits);
}

type Numbers = ArrayLike<number>;

function sumOfNats(x: Numbers, z: Numbers, mask: Numbers, width: number): number {
  let sum = 0;
  for (let row = 0; row < mask.length; row++) {
    const weight = mask[row] ?? 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const logit = x[i] ?? 0;
      const wanted = z[i] ?? 0;
      // Where the product is finite, so is softplus, and its logarithm need not be taken.
      sum += weight * (weight === 0 ? logit * wanted : softplus(logit) - logit * wanted);
    }
  }
  return sum;
}

function slopes(x: Numbers, z: Numbers, mask: Numbers, width: number, unit: number): Float32Array {
  const slope = new Float32Array(x.length);
  for (let row = 0; row < mask.length; row++) {
    const weight = unit * (mask[row] ?? 0);
    for (let i = row * width; i < (row + 1) * width; i++) {
      slope[i] = weight / (1 + Math.exp(-(x[i] ?? 0))) - weight * (z[i] ?? 0);
    }
  }
  return slope;
}

/** log(1 + eˣ), which overflows for no x. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
