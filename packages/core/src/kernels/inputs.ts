import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** The inputs of a kernel call, which are numbered from 0, as a list. */
export function inTurn(inputs: NamedTensorInfoMap): TensorInfo[] {
  return Object.keys(inputs).map((_, i) => {
    const input = inputs[i];
    if (input === undefined) throw new Error(`no input ${i}`);
    return input;
  });
}
