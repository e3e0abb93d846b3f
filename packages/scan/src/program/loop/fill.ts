import type { Loop, Reduction } from '../../plan/work.js';
import { identities } from './folds.js';
import type { Level } from './nest.js';

/** A loop that writes the identity of a fold to all of its results. */
export function fillOf({ f, to, over }: Reduction, levels: readonly Level[]): Loop {
  const axes = [...new Set(levels.map(({ axis }) => axis))]
    .filter((axis) => !over[axis])
    .sort((a, b) => a - b);
  const isOne = axes.length === 0;
  return {
    kind: 'loop',
    pass: 'forward',
    order: 'row',
    sizes: isOne ? [1] : axes.map((axis) => sizeOf(axis, levels)),
    terms: [],
    stores: [
      {
        from: { kind: 'constant', value: identities[f] },
        to: { ...to, strides: isOne ? [1] : axes.map((axis) => to.strides[axis] ?? 0) },
      },
    ],
    reductions: [],
  };
}

function sizeOf(axis: number, levels: readonly Level[]): number {
  return levels.reduce((size, level) => (level.axis === axis ? size * level.size : size), 1);
}
