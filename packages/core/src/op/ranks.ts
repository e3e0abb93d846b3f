import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

const isMatrix = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;

/** A tensor of two axes as such. */
export function asMatrix(tensor: Tensor | undefined): Tensor2D {
  if (tensor !== undefined && isMatrix(tensor)) return tensor;
  throw new Error(`expected two axes, got ${tensor?.rank}`);
}

/** A tensor of three axes as such. */
export function asCube(tensor: Tensor | undefined): Tensor3D {
  if (tensor !== undefined && isCube(tensor)) return tensor;
  throw new Error(`expected three axes, got ${tensor?.rank}`);
}
