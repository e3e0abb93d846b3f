import type { TensorInfo } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import type { Port } from './kernel.js';

/**
 * Refuses tensors that do not fit a kernel's declaration. It runs before any pointer is taken.
 * @throws TapeheadError `argument` for a wrong number of tensors or a wrong dtype, `shape` for a wrong shape
 */
export function guard(kernel: string, given: readonly TensorInfo[], expected: readonly Port[]): void {
  if (given.length !== expected.length) {
    throw new TapeheadError(
      'argument',
      `${kernel}: expected ${expected.length} tensors (${expected.map(({ name }) => name).join(', ')}), got ${given.length}`,
    );
  }
  for (const [i, { name, shape }] of expected.entries()) {
    const tensor = given[i];
    if (tensor === undefined) throw new TapeheadError('argument', `${kernel}: lacks ${name}`);
    if (tensor.dtype !== 'float32') {
      throw new TapeheadError(
        'argument',
        `${kernel}: ${name}: expected float32, got ${tensor.dtype}; cast it to 'float32'`,
      );
    }
    if (!sameShape(tensor.shape, shape)) {
      throw new TapeheadError(
        'shape',
        `${kernel}: ${name}: expected shape [${shape.join(', ')}], got [${tensor.shape.join(', ')}]`,
      );
    }
  }
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
