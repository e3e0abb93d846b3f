import { onEachBackend } from '@tapehead/testing';
import { ones, type Tensor2D, type Tensor3D, tensor1d, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  allocationWeighting,
  backwardWeighting,
  forwardWeighting,
  retentionVector,
  updateLinks,
  updatePrecedence,
  updateUsage,
  writeWeighting,
} from '../dnc.js';

const row = (hot: number, rows: number): Tensor2D =>
  tensor2d([Array.from({ length: rows }, (_, i) => (i === hot ? 1 : 0))]);

onEachBackend('the rows of a DNC', () => {
  test('are filled one after another, and a row that is read with an open free gate is filled next', () => {
    tidy(() => {
      const nothing: Tensor2D = zeros([1, 4]);
      const kept: Tensor2D = ones([1, 4]);
      let [usage, written] = [nothing, nothing];
      const fill = (retention: Tensor2D): number => {
        usage = updateUsage(usage, written, retention);
        written = writeWeighting(tensor1d([1]), tensor1d([1]), allocationWeighting(usage), nothing);
        return Array.from(written.dataSync()).indexOf(1);
      };
      expect([fill(kept), fill(kept), fill(kept), fill(kept)]).toEqual([0, 1, 2, 3]);
      expect(fill(kept)).toBe(-1);
      expect(fill(retentionVector(tensor1d([1]), row(2, 4)))).toBe(2);
    });
  });

  test('are linked in the order of their writes, whatever their places', () => {
    tidy(() => {
      let links: Tensor3D = zeros([1, 5, 5]);
      let precedence: Tensor2D = zeros([1, 5]);
      for (const hot of [3, 0, 4, 1]) {
        links = updateLinks(links, precedence, row(hot, 5));
        precedence = updatePrecedence(precedence, row(hot, 5));
      }
      const next = (hot: number) => Array.from(forwardWeighting(links, row(hot, 5)).dataSync()).indexOf(1);
      const last = (hot: number) => Array.from(backwardWeighting(links, row(hot, 5)).dataSync()).indexOf(1);
      expect([next(3), next(0), next(4), next(1), next(2)]).toEqual([0, 4, 1, -1, -1]);
      expect([last(1), last(4), last(0), last(3), last(2)]).toEqual([4, 0, 3, -1, -1]);
      expect(precedence.arraySync()).toEqual(row(1, 5).arraySync());
    });
  });

  test('are linked anew when one is written to again', () => {
    tidy(() => {
      let links: Tensor3D = zeros([1, 3, 3]);
      let precedence: Tensor2D = zeros([1, 3]);
      for (const hot of [0, 1, 2, 0]) {
        links = updateLinks(links, precedence, row(hot, 3));
        precedence = updatePrecedence(precedence, row(hot, 3));
      }
      // Row 0 now comes after row 2; that row 1 came after it is forgotten.
      expect(links.arraySync()).toEqual([
        [
          [0, 0, 1],
          [0, 0, 0],
          [0, 1, 0],
        ],
      ]);
    });
  });
});
