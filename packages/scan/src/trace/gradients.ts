import { engine, type GradConfig, matMul, reshape, sum, type Tensor, util } from '@tensorflow/tfjs-core';
import { countOf } from '../graph/graph.js';
import { numbers } from './rule.js';

// Gradients that tfjs writes as one slice per repeat, or with the batch behind another axis. The results are the same.

const one = (list: Tensor | Tensor[]): Tensor | undefined => [list].flat()[0];

/** Sums over the repeats. */
function tile(): GradConfig {
  return {
    kernelName: 'Tile',
    inputsToSave: ['x'],
    gradFunc: (dys, [x], attrs) => {
      const dy = one(dys);
      if (!x || !dy) return {};
      const repeats = numbers(attrs.reps);
      const split: number[] = [];
      const axes: number[] = [];
      x.shape.forEach((n, axis) => {
        const times = repeats[axis] ?? 1;
        if (times !== 1) axes.push(split.push(times) - 1);
        split.push(n);
      });
      return { x: () => reshape(sum(reshape(dy, split), axes), x.shape) };
    },
  };
}

/** dx = (one-hot indices)ᵀ dy; along the first axis as tfjs does it. */
function gather(before: GradConfig | undefined): GradConfig {
  return {
    kernelName: 'GatherV2',
    inputsToSave: ['x', 'indices'],
    gradFunc: (dys, saved, attrs) => {
      const [x, indices] = saved;
      const dy = one(dys);
      if (!x || !indices || !dy) return {};
      const axis = util.parseAxisParam(numbers(attrs.axis), x.shape)[0] ?? 0;
      if (axis === 0) return before?.gradFunc(dys, saved, attrs) ?? {};
      const [batch, places] =
        numbers(attrs.batchDims)[0] === 1
          ? [x.shape.slice(0, 1), indices.shape.slice(1)]
          : [[], indices.shape];
      const count = countOf(places);
      const outer = countOf(x.shape.slice(batch.length, axis));
      const dx = () => {
        const hot: Tensor = engine().runKernel(
          'OneHot',
          { indices: reshape(indices, [...batch, ...batch.map(() => 1), count]) },
          { depth: x.shape[axis] ?? 0, onValue: 1, offValue: 0, dtype: 'float32' },
        );
        const inner = countOf(x.shape.slice(axis + 1));
        return reshape(matMul(hot, reshape(dy, [...batch, outer, count, inner]), true), x.shape);
      };
      return { x: dx, indices: () => indices };
    },
  };
}

/** By kernel, given the gradient of tfjs. */
export const gradients: Readonly<Record<string, (before: GradConfig | undefined) => GradConfig>> = {
  GatherV2: gather,
  Tile: tile,
};
