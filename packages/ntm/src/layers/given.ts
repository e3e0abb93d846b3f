import { TapeheadError, textOf } from '@tapehead/core';
import { type Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';

/** A size that is known when a model is built, or only when it is called. */
export type Size = number | null;

/**
 * @param instead what to call with tensors
 * @throws TapeheadError `argument` unless it is a symbolic tensor
 */
export function checkSymbolic(
  name: string,
  given: unknown,
  instead: string,
): asserts given is SymbolicTensor {
  if (given instanceof SymbolicTensor) return;
  const got = textOf(given);
  const remedy = got === 'a symbolic tensor' ? 'it is of another copy of @tensorflow/tfjs-layers' : instead;
  throw new TapeheadError(
    'argument',
    `${name}: expected a symbolic tensor, as tf.input({ shape }) or a layer gives it, got ${got}; ${remedy}`,
  );
}

/**
 * The sizes of a shape that a layer is applied to.
 *
 * @param axes a name takes any size; a number that size, or one that is not known yet
 * @param open the names of axes whose size may be unknown; by default the batch
 * @throws TapeheadError `shape`: `memory: expected shape [batch, memorySize, 4], got [null, 8, 5]`
 */
export function sizesIn(
  name: string,
  shape: Shape,
  axes: readonly (string | number)[],
  open: readonly string[] = ['batch'],
): Size[] {
  const fits = (axis: string | number, size: Size | undefined): boolean => {
    if (size === null) return typeof axis === 'number' || open.includes(axis);
    return typeof axis === 'number' ? size === axis : size !== undefined && size > 0;
  };
  if (shape.length === axes.length && axes.every((axis, i) => fits(axis, shape[i]))) return shape;
  throw new TapeheadError(
    'shape',
    `${name}: expected shape [${axes.join(', ')}], got [${shape.map(String).join(', ')}]`,
  );
}

/** {@link sizesIn} of an axis whose size has to be known. */
export function known(size: Size | undefined): number {
  if (typeof size === 'number') return size;
  throw new Error('the shape was checked');
}

/** @throws TapeheadError `argument` unless it is left out or a text with something in it */
export function checkName(name: unknown): void {
  if (name === undefined || (typeof name === 'string' && name !== '')) return;
  throw new TapeheadError('argument', `name: expected the name of a layer, got ${textOf(name)}`);
}
