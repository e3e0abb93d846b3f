import { squaredDifference, tidy } from '@tensorflow/tfjs-core';
import { activations, type NumberActivation } from './activations.js';
import { composed } from './composed.js';
import type { Cost } from './cost.js';
import { type RowCost, scaledByRows } from './rows.js';

/**
 * The cost of numbers: (y − z)², the mean over the scored numbers, where y is the net's output and the targets z are any
 * finite numbers. It has no threshold of its own: `until: { costBelow }` sets one.
 */
export const meanSquaredError: Cost = /* @__PURE__ */ Object.freeze({
  name: 'mean-squared-error',
  unit: 'squared error',
  takes: 'output',
  targets: 'numbers',
  fits: ['linear', 'tanh', 'sigmoid'],
  over: 'numbers',
  of: /* @__PURE__ */ composed('numbers', squaredDifference),
  scaled: /* @__PURE__ */ scaledByRows('numbers', (name) => {
    const { activate, byNumber } = activations[name];
    return {
      terms: (logits, target) => tidy(() => squaredDifference(activate(logits), target)),
      row: byNumber && rowOf(byNumber),
    };
  }),
});

/** d / dx = 2 (y − z) dy/dx */
function rowOf({ of, slopeAt }: NumberActivation): RowCost {
  return (x, z, [start, end], weight, slope) => {
    let sum = 0;
    for (let i = start; i < end; i++) {
      const y = of(x[i] ?? 0);
      const difference = y - (z[i] ?? 0);
      sum += difference * difference;
      slope[i] = weight * 2 * difference * slopeAt(y);
    }
    return sum;
  };
}
