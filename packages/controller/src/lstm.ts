import type { EngineOption } from '@tapehead/core';
import { checkInteger, checkShape } from '@tapehead/core';
import { applyOpOfMany, asMatrix, engineOf } from '@tapehead/core/kernels';
import {
  add,
  matMul,
  mul,
  reshape,
  sigmoid,
  split,
  type Tensor,
  type Tensor2D,
  tanh,
  tidy,
  tile,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { lstmOp } from './fused/op.js';
import type { Controller, ControllerContext, MakeVariable } from './types.js';
import { glorotUniform } from './variables.js';

/** One layer's hidden value and cell, `[batch, units]` each. */
export type LstmCell = { h: Tensor2D; c: Tensor2D };

/** One layer's weights; the gates stand in the order i, f, g, o. */
export interface LstmWeights {
  /** `[inputSize, 4 · units]` */
  readonly kernel: Tensor;
  /** `[units, 4 · units]` */
  readonly recurrentKernel: Tensor;
  /** `[4 · units]` */
  readonly bias: Tensor;
}

/**
 * One step of one layer of long short-term memory (Hochreiter & Schmidhuber 1997, with forget gates):
 * `[i, f, g, o] = x·kernel + h·recurrentKernel + bias`, `c' = σ(f) c + σ(i) tanh(g)`, `h' = σ(o) tanh(c')`.
 *
 * @param x `[batch, inputSize]`
 * @param cell h and c of the step before, `[batch, units]` each
 * @param weights kernel `[inputSize, 4 · units]`, recurrentKernel `[units, 4 · units]`, bias `[4 · units]`
 * @param options `engine`: a kernel where `registerFused` has registered one (`auto`), always, or never
 * @returns the new h and c
 * @throws TapeheadError `shape` where the shapes do not fit; `backend` where `engine` is `fused` and there is no kernel
 */
export function lstmStep(
  x: Tensor2D,
  cell: LstmCell,
  weights: LstmWeights,
  { engine = 'auto' }: EngineOption = {},
): LstmCell {
  const [units = 0] = weights.recurrentKernel.shape;
  checkShape('kernel', weights.kernel, ['inputSize', 4 * units], `units ${units}`);
  checkShape('recurrentKernel', weights.recurrentKernel, [units, 4 * units], `units ${units}`);
  checkShape('bias', weights.bias, [4 * units], `units ${units}`);
  checkShape('x', x, ['batch', weights.kernel.shape[0] ?? 0], 'the rows of kernel');
  checkShape('h', cell.h, [x.shape[0], units], `units ${units}`);
  checkShape('c', cell.c, [x.shape[0], units], `units ${units}`);
  const inputs = [x, cell.h, cell.c, weights.kernel, weights.recurrentKernel, weights.bias];
  const sizes = lstmOp.sizesOf(inputs);
  const fused = engineOf(engine, lstmOp, inputs, sizes) === 'fused';
  return tidy(() => {
    if (!fused) return referenceLstmStep(x, cell, weights);
    const [h, c] = applyOpOfMany(lstmOp, inputs, sizes);
    return { h: asMatrix(h), c: asMatrix(c) };
  });
}

/** As a composition of tfjs ops. */
export function referenceLstmStep(x: Tensor2D, cell: LstmCell, weights: LstmWeights): LstmCell {
  const fromInput = add(matMul(x, weights.kernel), matMul(cell.h, weights.recurrentKernel));
  const gates: Tensor2D[] = split(add(fromInput, weights.bias), 4, 1);
  const [i, f, g, o] = gates;
  if (!i || !f || !g || !o) throw new Error('a split into four gives four');
  const c = add<Tensor2D>(mul(sigmoid(f), cell.c), mul(sigmoid(i), tanh(g)));
  return { h: mul<Tensor2D>(sigmoid(o), tanh(c)), c };
}

/** The variables of one layer: its weights, and learned h and c before the first step, `[units]` each. */
export interface LstmLayer extends LstmWeights {
  readonly h: Variable;
  readonly c: Variable;
}

/**
 * One layer of a net that stacks them in its own way. Variables: `kernel`, `recurrentKernel`, `bias`, `h`, `c`. Kernels
 * start Glorot-uniform, the rest at 0: a forget gate that starts open lets the LSTM remember by itself, and it learns to
 * use a memory much later.
 *
 * @throws TapeheadError `range` for bad sizes
 */
export function lstmLayer({ inputSize, variable, nextSeed }: ControllerContext, units: number): LstmLayer {
  checkInteger('inputSize', inputSize);
  checkInteger('units', units);
  return {
    kernel: variable('kernel', glorotUniform(inputSize, 4 * units, nextSeed())),
    recurrentKernel: variable('recurrentKernel', glorotUniform(units, 4 * units, nextSeed())),
    bias: variable('bias', zeros([4 * units])),
    h: variable('h', zeros([units])),
    c: variable('c', zeros([units])),
  };
}

/** The learned h and c of a layer before the first step, the same for each of `batch` sequences. */
export function initialCell({ h, c }: LstmLayer, batch: number): LstmCell {
  return { h: repeat(h, batch), c: repeat(c, batch) };
}

/** Sizes of a controller. */
export interface ControllerSize {
  /** Width of each layer. */
  readonly controllerSize: number;
  /** Number of layers; each reads the output of the one below. Default 1. */
  readonly layers?: number;
}

/** What an LSTM controller carries: one cell a layer, from the bottom up. */
export type LstmState = { cells: LstmCell[] };

/**
 * A stack of LSTM layers, with learned starting values.
 * Variables of layer l: `l.kernel`, `l.recurrentKernel`, `l.bias`, `l.h`, `l.c`, as {@link lstmLayer} makes them.
 *
 * @throws TapeheadError `range` for bad sizes
 */
export function lstm(
  { inputSize, variable, nextSeed, engine }: ControllerContext,
  { controllerSize: units, layers = 1 }: ControllerSize,
): Controller<LstmState> {
  checkInteger('controllerSize', units);
  checkInteger('layers', layers);
  const stack = Array.from({ length: layers }, (_, l) => {
    const named: MakeVariable = (name, initial) => variable(`${l}.${name}`, initial);
    return lstmLayer({ inputSize: l === 0 ? inputSize : units, variable: named, nextSeed }, units);
  });
  return {
    outputSize: units,
    initialState: (batch) => ({ cells: stack.map((layer) => initialCell(layer, batch)) }),
    step(x, { cells }) {
      const next: LstmCell[] = [];
      let output = x;
      for (const [l, weights] of stack.entries()) {
        const cell = cells[l];
        if (cell === undefined) throw new Error('one cell a layer');
        const stepped = lstmStep(output, cell, weights, { engine });
        next.push(stepped);
        output = stepped.h;
      }
      return { output, state: { cells: next } };
    },
  };
}

/** The same row for each sequence: `[units]` to `[batch, units]`. */
function repeat(row: Variable, batch: number): Tensor2D {
  return tidy(() => tile<Tensor2D>(reshape(row, [1, -1]), [batch, 1]));
}
