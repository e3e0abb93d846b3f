import { type Tensor, type Tensor2D, type Tensor3D, tensor, tensor2d, tensor3d } from '@tensorflow/tfjs-core';

/** Numbers nested as in the golden files. */
export type Nested = number | readonly Nested[];

/** One golden case: a function at one point, with the gradient of Σ output · cotangent for each input. */
export interface GoldenCase {
  readonly function: string;
  readonly inputs: Readonly<Record<string, Nested>>;
  readonly output: Nested;
  readonly cotangent: Nested;
  readonly gradients: Readonly<Record<string, Nested>>;
}

/** All numbers of a nest, in order. */
export function flatten(numbers: Nested): number[] {
  return typeof numbers === 'number' ? [numbers] : numbers.flatMap(flatten);
}

/** The shape of a nest whose rows are all of one length. */
export function shapeOf(numbers: Nested): number[] {
  return typeof numbers === 'number' ? [] : [numbers.length, ...shapeOf(numbers[0] ?? 0)];
}

/** A float32 tensor of the numbers. */
export function tensorOf(numbers: Nested): Tensor {
  return tensor(flatten(numbers), shapeOf(numbers), 'float32');
}

/** A `[rows, columns]` tensor of numbers nested twice. */
export function matrixOf(numbers: Nested): Tensor2D {
  const [rows = 0, columns = 0] = shapeOf(numbers);
  return tensor2d(flatten(numbers), [rows, columns], 'float32');
}

/** A `[batch, rows, columns]` tensor of numbers nested three times. */
export function cubeOf(numbers: Nested): Tensor3D {
  const [batch = 0, rows = 0, columns = 0] = shapeOf(numbers);
  return tensor3d(flatten(numbers), [batch, rows, columns], 'float32');
}
