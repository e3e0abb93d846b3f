import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** The inputs of a kernel call, which are numbered from 0, as a list. */
export function inTurn(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.keys(inputs).map((_, i) => {
    const input = inputs[i];
    if (input === undefined) throw new Error(`no input ${i}`);
    return input;
  });
}

/** The tensor that a kernel cannot do without: the guard has seen it. */
export function needed<T>(given: T | undefined): T {
  if (given === undefined) throw new Error('a kernel lacks an input');
  return given;
}
