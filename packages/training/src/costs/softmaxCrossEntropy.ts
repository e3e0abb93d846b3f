import { logSumExp, mul, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { composed } from './composed.js';
import type { Cost } from './cost.js';
import { type RowCost, scaledByRows } from './rows.js';

/** Bits of a nat. */
const BITS = 1 / Math.LN2;

/**
 * The cost of classes: −Σ z log₂ softmax(x) over the classes, the mean over the scored steps. Targets z are the
 * probabilities of the classes at a step: one-hot where the class is known.
 */
export const softmaxCrossEntropy: Cost = /* @__PURE__ */ Object.freeze({
  name: 'softmax-cross-entropy',
  unit: 'bits per step',
  takes: 'logits',
  targets: 'classes',
  fits: ['softmax'],
  over: 'steps',
  solvedBelow: 0.05,
  perUnit: Math.LN2,
  of: /* @__PURE__ */ composed('steps', terms),
  scaled: /* @__PURE__ */ scaledByRows('steps', () => ({ row, terms })),
});

/** −z log₂ softmax(x) = z (log Σ exp x − x) / ln 2, which overflows for no finite x. */
function terms(logits: Tensor, target: Tensor): Tensor {
  return tidy(() => mul(mul(target, sub(logSumExp(logits, -1, true), logits)), BITS));
}

/** d / dx = (softmax(x) Σ z − z) / ln 2 */
const row: RowCost = (x, z, [start, end], weight, slope) => {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) largest = Math.max(largest, x[i] ?? 0);
  let [total, targets, dot] = [0, 0, 0];
  for (let i = start; i < end; i++) {
    total += Math.exp((x[i] ?? 0) - largest);
    targets += z[i] ?? 0;
    dot += (z[i] ?? 0) * (x[i] ?? 0);
  }
  for (let i = start; i < end; i++) {
    const p = Math.exp((x[i] ?? 0) - largest) / total;
    slope[i] = weight * BITS * (p * targets - (z[i] ?? 0));
  }
  return BITS * ((largest + Math.log(total)) * targets - dot);
};
