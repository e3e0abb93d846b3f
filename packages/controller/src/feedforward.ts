import { checkInteger, checkShape } from '@tapehead/core';
import { add, matMul, type Tensor2D, tanh, tidy, zeros } from '@tensorflow/tfjs-core';
import type { ControllerSize } from './lstm.js';
import type { Controller, ControllerContext } from './types.js';
import { glorotUniform } from './variables.js';

/** A feed-forward controller carries nothing: what it knows of the past, it reads from the memory. */
export type FeedforwardState = Record<string, never>;

/**
 * Layers of `h = tanh(x·kernel + bias)`; without state.
 * Variables of layer l: `l.kernel`, Glorot-uniform at the start, and `l.bias`, 0 at the start.
 *
 * @throws TapeheadError `range` for bad sizes
 */
export function feedforward(
  { inputSize, variable, nextSeed }: ControllerContext,
  { controllerSize: units, layers = 1 }: ControllerSize,
): Controller<FeedforwardState> {
  checkInteger('controllerSize', units);
  checkInteger('layers', layers);
  const stack = Array.from({ length: layers }, (_, l) => ({
    kernel: variable(`${l}.kernel`, glorotUniform(l === 0 ? inputSize : units, units, nextSeed())),
    bias: variable(`${l}.bias`, zeros([units])),
  }));
  return {
    outputSize: units,
    initialState: () => ({}),
    step(x, state) {
      checkShape('x', x, ['batch', inputSize], `inputSize ${inputSize}`);
      const layer = (below: Tensor2D, { kernel, bias }: (typeof stack)[number]): Tensor2D =>
        tanh(add<Tensor2D>(matMul(below, kernel), bias));
      return { output: tidy(() => stack.reduce(layer, x)), state };
    },
  };
}
