import { cast, Tensor, type TensorLike, tensor } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { textOf } from './text.js';

/** What functions of tensors take: a tensor, or numbers as tfjs's ops take them. */
export type Floats = Tensor | TensorLike;

/**
 * The float32 tensor that a function computes with, from what it was given: a tensor of any number type, a number, an
 * array, nested or typed. int32 and bool are cast, as tf.layers does. A float32 tensor comes back unchanged. Call it in a
 * tidy: what it makes is the scope's to dispose.
 *
 * @throws TapeheadError `argument` for anything else, and for a disposed tensor
 */
export function floatsOf(name: string, given: Floats): Tensor {
  if (given instanceof Tensor) {
    checkAlive(name, given);
    return given.dtype === 'float32' ? given : castOf(name, given);
  }
  if (!isNumbers(given)) refuse(name, textOf(given));
  try {
    return castOf(name, tensor(given));
  } catch (cause) {
    throw new TapeheadError(
      'argument',
      `${name}: expected a tensor or numbers of a regular shape, got ${textOf(given)}`,
      { cause },
    );
  }
}

/**
 * @throws TapeheadError `argument` unless it is a tensor, of numbers and not disposed
 */
export function checkTensor(name: string, given: Tensor): void {
  if (!(given instanceof Tensor)) refuse(name, textOf(given));
  checkAlive(name, given);
  if (!isNumeric(given)) refuse(name, `a tensor of ${given.dtype}`);
}

function checkAlive(name: string, { isDisposed }: Tensor): void {
  if (isDisposed) refuse(name, 'a tensor that was disposed');
}

function castOf(name: string, given: Tensor): Tensor {
  if (!isNumeric(given)) refuse(name, `a tensor of ${given.dtype}`);
  return given.dtype === 'float32' ? given : cast(given, 'float32');
}

const isNumeric = ({ dtype }: Tensor): boolean => ['float32', 'int32', 'bool'].includes(dtype);

/** Numbers, or arrays of them of one length each: tfjs takes ragged arrays, and gets their shape wrong. */
function isNumbers(given: unknown): boolean {
  return shapeOf(given) !== undefined;
}

/** The shape of nested arrays, joined; undefined where they are ragged or hold anything but numbers. */
function shapeOf(given: unknown): string | undefined {
  if (typeof given === 'number' || typeof given === 'boolean') return '';
  if (ArrayBuffer.isView(given)) return 'length' in given ? `${given.length},` : undefined;
  if (!Array.isArray(given)) return undefined;
  const [first, ...others] = given.map(shapeOf);
  if (given.length > 0 && (first === undefined || others.some((other) => other !== first))) return undefined;
  return `${given.length},${first ?? ''}`;
}

function refuse(name: string, got: string): never {
  throw new TapeheadError('argument', `${name}: expected a tensor of numbers, got ${got}`);
}
