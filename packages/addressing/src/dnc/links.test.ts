import { expectClose, onEachBackend } from '@tapehead/testing';
import {
  add,
  engine,
  expandDims,
  eye,
  grads,
  mul,
  type Rank,
  randomUniform,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { updateLinks } from '../dnc.js';

const [batch, rows] = [2, 5];
const matrix = (seed: number): Tensor2D => randomUniform<Rank.R2>([batch, rows], 0, 1, 'float32', seed);
const cube = (seed: number): Tensor3D => randomUniform<Rank.R3>([batch, rows, rows], 0, 1, 'float32', seed);

/** As a composition of tfjs ops, with their own gradients. */
function composed(links: Tensor, precedence: Tensor, written: Tensor): Tensor {
  const [wi, wj] = [expandDims(written, 2), expandDims(written, 1)];
  const kept = mul(sub(sub(1, wi), wj), links);
  return mul(add(kept, mul(wi, expandDims(precedence, 1))), sub(1, eye(rows)));
}

type Update = (links: Tensor, precedence: Tensor, written: Tensor) => Tensor;

onEachBackend('the links of a DNC', () => {
  const given = () => [cube(1), matrix(2), matrix(3)];
  const slopes = (update: Update, along: Tensor) =>
    grads((l: Tensor, p: Tensor, w: Tensor) => sum(mul(update(l, p, w), along)));

  test('have the gradients of the ops they are made of, also where the links given have a diagonal', () => {
    tidy(() => {
      const along = cube(4);
      const wanted = slopes(composed, along)(given());
      for (const [i, slope] of slopes(updateLinks, along)(given()).entries()) {
        expectClose(slope, wanted[i] ?? 0, 1e-6);
      }
    });
  });

  test('have second-order gradients', () => {
    tidy(() => {
      const second = (update: Update) =>
        grads((l: Tensor, p: Tensor, w: Tensor) => {
          const first = slopes(update, cube(4))([l, p, w]);
          const [dl = l, dp = p, dw = w] = first;
          return add(sum(mul(dl, cube(5))), add(sum(mul(dp, matrix(6))), sum(mul(dw, matrix(7)))));
        })(given());
      const wanted = second(composed);
      for (const [i, slope] of second(updateLinks).entries()) expectClose(slope, wanted[i] ?? 0, 1e-6);
    });
  });

  test('say so where a backend has no room left on the way back', () => {
    const { state } = engine();
    const before = state.numBytes;
    const written = variable(matrix(3));
    const cost = (): Tensor => {
      const linked = sum(updateLinks(cube(1), matrix(2), written));
      state.numBytes += 2 ** 40;
      return linked;
    };
    try {
      expect(() => tidy(() => variableGrads(() => sum(cost()), [written]))).toThrow(
        /^the gradient of updateLinks of batch 2 and 5 rows: needs 1 MB, .* take fewer sequences or steps at a time$/,
      );
    } finally {
      state.numBytes = before;
      written.dispose();
    }
  });
});
