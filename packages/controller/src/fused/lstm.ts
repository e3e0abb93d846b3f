import { type Engine, engineOf, type OpKernel, runKernel } from '@tapehead/core/kernels';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { LstmCell, LstmWeights } from '../lstm.js';
import { kernelNames } from './kernels.js';

/** What the kernel takes, in its order. */
function inputsOf(x: Tensor2D, { h, c }: LstmCell, weights: LstmWeights): Tensor[] {
  return [x, h, c, weights.kernel, weights.recurrentKernel, weights.bias];
}

const stepKernel: OpKernel = {
  name: kernelNames.forward,
  module: '@tapehead/controller/fused',
};

/** What an engine comes to for a step of these. */
export function lstmStepEngine(
  engine: Engine,
  x: Tensor2D,
  cell: LstmCell,
  weights: LstmWeights,
): 'fused' | 'reference' {
  return engineOf(engine, stepKernel, inputsOf(x, cell, weights));
}

/** One step in one kernel call; the gradient that is registered with it is another. Call it in a tidy. */
export function fusedLstmStep(x: Tensor2D, cell: LstmCell, weights: LstmWeights): LstmCell {
  const [h, c] = runKernel(kernelNames.forward, inputsOf(x, cell, weights), {});
  return { h: matrix(h), c: matrix(c) };
}

function matrix(tensor: Tensor | undefined): Tensor2D {
  if (tensor && isMatrix(tensor)) return tensor;
  throw new Error('the kernel gives matrices');
}

const isMatrix = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
