import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { gradientsOf } from './gradients.js';

/** Declares benchmarks of a formula's fused and reference speed: the value alone, and with the gradients of all points. */
export function benchEngines(
  name: string,
  formulas: Readonly<Record<'fused' | 'reference', (points: readonly Tensor[]) => Tensor>>,
  points: readonly Tensor[],
): void {
  const cotangent = formulas.reference(points);
  const options = { time: 1000, warmupTime: 300 };
  describe(`${name}: value`, () => {
    for (const [engine, formula] of Object.entries(formulas)) {
      bench(engine, () => dispose(tidy(() => formula(points))), options);
    }
  });
  describe(`${name}: value and gradients`, () => {
    for (const [engine, formula] of Object.entries(formulas)) {
      bench(engine, () => dispose(tidy(() => gradientsOf(formula, points, cotangent))), options);
    }
  });
}
