import type { NtmOptions } from '../index.js';

/** The options of a net in a case of golden vectors, which holds much else. */
export function goldenOptions(golden: {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly memorySize: number;
  readonly memoryDim: number;
  readonly controllerSize: number;
  readonly readHeads: number;
  readonly writeHeads: number;
  readonly shifts: number;
  readonly controller: string;
  readonly keyAndAddActivation: string;
  readonly order: string;
}): NtmOptions {
  const { inputSize, outputSize, memorySize, memoryDim, controllerSize, readHeads, writeHeads, shifts } =
    golden;
  return {
    inputSize,
    outputSize,
    memorySize,
    memoryDim,
    controllerSize,
    readHeads,
    writeHeads,
    shifts,
    controller: golden.controller === 'lstm' ? 'lstm' : 'feedforward',
    keyAndAddActivation: golden.keyAndAddActivation === 'tanh' ? 'tanh' : 'linear',
    order: golden.order === 'write-first' ? 'write-first' : 'read-first',
  };
}
