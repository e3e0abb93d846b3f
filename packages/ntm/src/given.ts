import {
  asCube,
  checkShape,
  type Floats,
  floatsOf,
  floatsOfShape,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** The input of a step, `[batch, inputSize]`. Call it in a tidy. */
export function stepInput(x: Floats, inputSize: number): Tensor2D {
  return floatsOfShape('x', x, ['batch', inputSize], `inputSize ${inputSize}`);
}

/** The input of a sequence, `[batch, time, inputSize]`. Call it in a tidy. */
export function sequenceInput(x: Floats, inputSize: number): Tensor3D {
  const input = floatsOf('x', x);
  checkShape('x', input, ['batch', 'time', inputSize], `inputSize ${inputSize}`);
  checkSome(input, 1, 'time step');
  checkSome(input, 0, 'sequence');
  return asCube(input);
}

function checkSome({ shape }: Tensor, axis: number, what: string): void {
  if (shape[axis] === 0) throw new TapeheadError('shape', `x: expected at least one ${what}, got 0`);
}

/** @throws TapeheadError `argument` unless it is true or false */
export function checkBoolean(name: string, given: boolean): void {
  if (typeof given === 'boolean') return;
  throw new TapeheadError('argument', `${name}: expected true or false, got ${textOf(given)}`);
}

/** A record of named values, and neither a tensor nor a list. */
export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given) && !('dataId' in given);
}
