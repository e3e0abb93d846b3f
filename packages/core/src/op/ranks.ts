import { Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { textOf } from '../checks/text.js';
import { TapeheadError } from '../errors.js';

const isMatrix = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;

/** A tensor of two axes as such. @throws TapeheadError `shape` for anything else */
export function asMatrix(tensor: Tensor | undefined): Tensor2D {
  if (tensor instanceof Tensor && isMatrix(tensor)) return tensor;
  throw new TapeheadError('shape', `tensor: expected two axes, got ${textOf(tensor)}`);
}

/** A tensor of three axes as such. @throws TapeheadError `shape` for anything else */
export function asCube(tensor: Tensor | undefined): Tensor3D {
  if (tensor instanceof Tensor && isCube(tensor)) return tensor;
  throw new TapeheadError('shape', `tensor: expected three axes, got ${textOf(tensor)}`);
}
