import { type Tensor, tensor, tidy, type Variable } from '@tensorflow/tfjs-core';

type Sized = Pick<Tensor, 'shape' | 'size'>;

/** The numbers of tensors, one behind the other, written into `flat` where it is given. */
export async function flatten(
  tensors: readonly Tensor[],
  flat: Float32Array = new Float32Array(sizeOf(tensors)),
): Promise<Float32Array> {
  const read = await Promise.all(tensors.map((each) => each.data<'float32'>()));
  let offset = 0;
  for (const values of read) {
    flat.set(values, offset);
    offset += values.length;
  }
  return flat;
}

/** Tensors of the shapes of `like`, of the numbers of `flat`: `flatten` undone. */
export function unflatten(flat: Float32Array, like: readonly Sized[]): Tensor[] {
  let offset = 0;
  return like.map(({ shape, size }) => {
    const values = flat.slice(offset, offset + size);
    offset += size;
    return tensor(values, [...shape], 'float32');
  });
}

/** Gives the variables the numbers of `flat`. */
export function assign(variables: readonly Variable[], flat: Float32Array): void {
  tidy(() => {
    const values = unflatten(flat, variables);
    for (const [i, variable] of variables.entries()) variable.assign(values[i] ?? variable);
  });
}

export function sizeOf(tensors: readonly Sized[]): number {
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

/**
 * Room that is shared with workers where the platform allows it (in a page: where it is cross-origin isolated), and
 * that is copied to them with each message where it does not.
 */
export function sharedFloats(size: number): Float32Array {
  const bytes = Float32Array.BYTES_PER_ELEMENT * size;
  const canShare = typeof SharedArrayBuffer === 'function';
  return new Float32Array(canShare ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
}
