import { cast, Tensor, type Tensor2D, type Tensor3D, type TensorLike, tensor } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { checkShape, type Dimension } from './shape.js';
import { textOf } from './text.js';

/** What functions of tensors take: a tensor of numbers, or numbers as tfjs's ops take them. */
export type Floats = Tensor | TensorLike;

/** The type of a result that has the rank of what was given, where the type of that tells its rank. */
export type RankOf<Given> = Given extends Tensor3D ? Tensor3D : Given extends Tensor2D ? Tensor2D : Tensor;

/** tfjs has no tensors of more axes. */
const MOST_AXES = 6;

/**
 * The float32 tensor that a function computes with, from what it was given: a tensor of any number type, a number, an
 * array, nested or typed. int32 and bool are cast, as tf.layers does. A float32 tensor comes back unchanged. Call it in a
 * tidy: what it makes is the scope's to dispose. Values are not checked: NaN goes in and comes out.
 *
 * @throws TapeheadError `argument` for anything else, and for a disposed tensor
 */
export function floatsOf(name: string, given: Floats): Tensor {
  if (given instanceof Tensor) {
    checkTensor(name, given);
    return given.dtype === 'float32' ? given : cast(given, 'float32');
  }
  const shape = shapeOf(given);
  if (shape !== undefined) return tensor(given, shape, 'float32');
  return refuse(name, Array.isArray(given) ? `${textOf(given)}, ragged or not of numbers` : textOf(given));
}

/**
 * {@link floatsOf} of a shape, without an empty axis.
 *
 * @param shape as {@link checkShape} takes it; an axis named `heads` may be missing, because a single head may drop it
 * @param note what the numbers of `shape` mean
 * @throws TapeheadError `argument` unless it is numbers, `shape` where it has another shape
 */
export function floatsOfShape(
  name: string,
  given: Floats,
  shape: readonly [Dimension, Dimension],
  note?: string,
): Tensor2D;
export function floatsOfShape(
  name: string,
  given: Floats,
  shape: readonly Dimension[],
  note?: string,
): Tensor;
export function floatsOfShape(name: string, given: Floats, shape: readonly Dimension[], note = ''): Tensor {
  const floats = floatsOf(name, given);
  const wanted = floats.rank < shape.length ? shape.filter((axis) => axis !== 'heads') : shape;
  checkShape(name, floats, wanted, note);
  if (floats.size > 0) return floats;
  throw new TapeheadError('shape', `${name}: expected no empty axis, got shape [${floats.shape.join(', ')}]`);
}

/**
 * @throws TapeheadError `argument` unless it is a tensor, of numbers and not disposed
 */
export function checkTensor(name: string, given: Tensor): void {
  if (!(given instanceof Tensor)) refuse(name, textOf(given));
  if (given.isDisposed) refuse(name, 'a tensor that was disposed');
  if (!['float32', 'int32', 'bool'].includes(given.dtype)) refuse(name, `a tensor of ${given.dtype}`);
}

const SCALAR: number[] = [];

/** The shape of numbers in arrays, if they have one: tfjs does not ask, and reads past the end of ragged ones. */
function shapeOf(given: unknown, axes = 0): number[] | undefined {
  if (typeof given === 'number' || typeof given === 'boolean') return SCALAR;
  if (isTyped(given)) return [given.length];
  if (!Array.isArray(given) || axes === MOST_AXES) return undefined;
  const shapes = Array.from(given, (each) => shapeOf(each, axes + 1));
  const [first = SCALAR] = shapes;
  const regular = shapes.every((each) => each === first || (each && `${each}` === `${first}`));
  return regular ? [given.length, ...first] : undefined;
}

/** The typed arrays of tfjs. It takes any other for a single number. */
const isTyped = (given: unknown): given is Float32Array | Int32Array | Uint8Array | Uint8ClampedArray =>
  [Float32Array, Int32Array, Uint8Array, Uint8ClampedArray].some((each) => given instanceof each);

function refuse(name: string, got: string): never {
  throw new TapeheadError('argument', `${name}: expected a tensor of numbers, got ${got}`);
}
