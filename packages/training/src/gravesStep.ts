import { checkAbove, checkFraction, checkOptions, checkShape, type Floats, floatsOf } from '@tapehead/core';
import { add, div, mul, relu, sqrt, square, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkPositive } from './positive.js';

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
 * @param moments each a tensor of the shape of the gradient, or numbers; all 0 before the first step
 * @param gradient a tensor of any shape, or numbers
 * @param settings `learningRate` is the rate of this step; `halfAfter` plays no part
 * @returns new tensors, the caller's to dispose
 * @throws TapeheadError `shape` for moments of another shape, `range` for a setting that makes no sense, `argument` for
 * what is no tensor of numbers
 */
export function gravesStep(
  moments: Readonly<Record<keyof GravesMoments, Floats>>,
  gradient: Floats,
  settings: GravesSettings,
): GravesMoments {
  checkOptions('moments', moments, ['n', 'gBar', 'delta']);
  checkOptions('settings', settings, ['learningRate', 'halfAfter', 'decay', 'momentum', 'epsilon']);
  checkSettings(settings);
  return tidy(() => {
    const g = floatsOf('gradient', gradient);
    const momentOf = (name: keyof GravesMoments): Tensor => {
      const moment = floatsOf(`moments.${name}`, moments[name]);
      checkShape(`moments.${name}`, moment, g.shape, 'that of the gradient');
      return moment;
    };
    const { n, gBar, delta } = { n: momentOf('n'), gBar: momentOf('gBar'), delta: momentOf('delta') };
    return { ...nextMoments({ n, gBar, delta }, g, settings) };
  });
}

/** {@link gravesStep} of what was checked. */
export function nextMoments(
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

/** @throws TapeheadError `range` for a setting that makes no sense */
export function checkSettings({ learningRate, halfAfter, decay, momentum, epsilon }: GravesSettings): void {
  checkPositive('learningRate', learningRate);
  checkPositive('epsilon', epsilon);
  checkFraction('decay', decay);
  checkFraction('momentum', momentum);
  if (halfAfter !== undefined) checkAbove('halfAfter', halfAfter, 0);
}
