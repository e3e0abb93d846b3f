import {
  expandDims,
  mul,
  type Scalar,
  sigmoid,
  softplus,
  sub,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';

/** The definition, as a composition of tfjs ops. */
export function composedCost(logits: Tensor, target: Tensor, mask: Tensor): Scalar {
  return tidy(() => {
    const nats = sub(softplus(logits), mul(logits, target));
    return mul(sum<Scalar>(mul(nats, expandDims(mask, 2))), unitOf(logits));
  });
}

/** d bits / dx = mask (σ(x) − z) / (ln 2 · batch), as a composition of tfjs ops. */
export function composedSlope(logits: Tensor, target: Tensor, mask: Tensor): Tensor {
  return tidy(() => mul(mul(sub(sigmoid(logits), target), expandDims(mask, 2)), unitOf(logits)));
}

/** What turns nats of a batch into bits of a sequence. */
function unitOf({ shape: [batch = 1] }: Tensor): number {
  return 1 / (Math.LN2 * batch);
}
