import { costInBits, scaledCost } from '@tapehead/tasks';
import type { Cost } from './cost.js';

/** The mean cost, in bits per sequence, under which a task is solved. */
export const SOLVED_BITS = 0.05;

/**
 * The paper's cost, and the default: Σ over the scored bits of −log₂ p(bit), the mean over the sequences. p is the sigmoid
 * of the logit; targets are from 0 to 1. `costInBits` of `@tapehead/tasks` is the function.
 */
export const sigmoidCrossEntropy: Cost = /* @__PURE__ */ Object.freeze({
  name: 'sigmoid-cross-entropy',
  unit: 'bits',
  takes: 'logits',
  targets: 'bits',
  fits: ['sigmoid'],
  over: 'sequences',
  solvedBelow: SOLVED_BITS,
  perUnit: Math.LN2,
  of: costInBits,
  scaled: scaledCost,
});
