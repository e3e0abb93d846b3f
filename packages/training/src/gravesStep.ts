import { add, div, mul, relu, sqrt, square, sub, type Tensor } from '@tensorflow/tfjs-core';

/** What Graves's RMSProp remembers of one parameter; all have its shape and start at 0. */
export interface GravesMoments<T extends Tensor = Tensor> {
  /** n, the running mean of g². */
  n: T;
  /** ḡ, the running mean of g. */
  gBar: T;
  /** Δ, the last change of the parameter. */
  delta: T;
}

/** The settings of {@link gravesStep}. */
export interface GravesSettings {
  learningRate: number;
  /** Updates after which the rate has fallen to half: update t goes at `learningRate / (1 + t / halfAfter)`. */
  halfAfter?: number;
  /** How much of n and ḡ is kept. */
  decay: number;
  /** How much of Δ is kept. */
  momentum: number;
  /** Added to the variance under the root. */
  epsilon: number;
}

/**
 * One step of RMSProp in the form of Graves 2013, "Generating Sequences With Recurrent Neural Networks",
 * equations 38–41; the parameter changes by the returned Δ.
 *
 * n ← d n + (1 − d) g²;  ḡ ← d ḡ + (1 − d) g;  Δ ← m Δ − lr · g / √(max(n − ḡ², 0) + ε)
 *
 * n − ḡ² is a variance: only rounding makes it negative, and the maximum keeps that out of the root.
 * @returns new tensors, the caller's to dispose
 */
export function gravesStep(
  { n, gBar, delta }: GravesMoments,
  gradient: Tensor,
  { learningRate, decay, momentum, epsilon }: GravesSettings,
): GravesMoments {
  const nextN = add(mul(n, decay), mul(square(gradient), 1 - decay));
  const nextGBar = add(mul(gBar, decay), mul(gradient, 1 - decay));
  const deviation = sqrt(add(relu(sub(nextN, square(nextGBar))), epsilon));
  const nextDelta = sub(mul(delta, momentum), div(mul(gradient, learningRate), deviation));
  return { n: nextN, gBar: nextGBar, delta: nextDelta };
}
