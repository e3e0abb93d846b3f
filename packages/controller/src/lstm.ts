import {
  asMatrix,
  checkInteger,
  checkObject,
  checkRoom,
  type Engine,
  type EngineOption,
  engineOption,
  type Floats,
  firstOrder,
  floatsOfShape,
  kernelFor,
  TapeheadError,
  textOf,
} from '@tapehead/core';
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
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { checkContext, checkSize } from './checks.js';
import { lstmName } from './fused/name.js';
import type { BuiltController, ControllerContext, ControllerSize, MakeVariable } from './types.js';
import { glorotUniform } from './variables.js';

/** One layer's hidden value and cell, `[batch, units]` each. */
export type LstmCell<Values extends Floats = Tensor2D> = { h: Values; c: Values };

/** One layer's weights; the gates stand in the order i, f, g, o. */
export interface LstmWeights<Values extends Floats = Tensor> {
  /** `[inputSize, 4 · units]` */
  readonly kernel: Values;
  /** `[units, 4 · units]` */
  readonly recurrentKernel: Values;
  /** `[4 · units]` */
  readonly bias: Values;
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
 * @throws TapeheadError `argument` for what is no numbers and for an unknown option; `shape` where the shapes do not fit;
 * `backend` where `engine` is `fused` and there is no kernel
 */
export function lstmStep(
  x: Floats,
  cell: LstmCell<Floats>,
  weights: LstmWeights<Floats>,
  options: EngineOption = {},
): LstmCell {
  const engine = engineOption('lstmStep', options);
  checkObject('cell', cell, '{ h, c }');
  checkObject('weights', weights, '{ kernel, recurrentKernel, bias }');
  return tidy(() => {
    const known = weightsOf(weights);
    const input = floatsOfShape('x', x, ['batch', known.kernel.shape[0]], 'the rows of kernel');
    const before = cellOf(cell, '', [input.shape[0], known.recurrentKernel.shape[0]]);
    return stepOf(input, before, known, engine);
  });
}

interface CheckedWeights extends LstmWeights {
  readonly kernel: Tensor2D;
  readonly recurrentKernel: Tensor2D;
}

function weightsOf(given: LstmWeights<Floats>): CheckedWeights {
  const recurrent = floatsOfShape('recurrentKernel', given.recurrentKernel, ['units', '4 · units']);
  const [units] = recurrent.shape;
  const note = `units ${units}`;
  return {
    kernel: floatsOfShape('kernel', given.kernel, ['inputSize', 4 * units], note),
    recurrentKernel: floatsOfShape('recurrentKernel', recurrent, [units, 4 * units], note),
    bias: floatsOfShape('bias', given.bias, [4 * units], note),
  };
}

/** @param owner what `h` and `c` belong to, such as `state.cells[1].` */
function cellOf({ h, c }: LstmCell<Floats>, owner: string, shape: readonly [number, number]): LstmCell {
  const note = `batch ${shape[0]}, units ${shape[1]}`;
  return {
    h: floatsOfShape(`${owner}h`, h, shape, note),
    c: floatsOfShape(`${owner}c`, c, shape, note),
  };
}

function stepOf(x: Tensor2D, cell: LstmCell, weights: LstmWeights, engine: Engine): LstmCell {
  const inputs = [x, cell.h, cell.c, weights.kernel, weights.recurrentKernel, weights.bias];
  const fused = kernelFor(engine, lstmName, inputs);
  if (fused === undefined) {
    const next = referenceLstmStep(x, cell, weights);
    return { h: firstOrder('lstmStep', next.h), c: firstOrder('lstmStep', next.c) };
  }
  const [h, c] = fused(inputs);
  return { h: asMatrix(h), c: asMatrix(c) };
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
 * @throws TapeheadError `range` for bad sizes and for sizes that no memory holds
 */
export function lstmLayer(context: ControllerContext, units: number): LstmLayer {
  checkContext(context);
  const { inputSize, variable, nextSeed } = context;
  checkInteger('units', units);
  checkRoom(
    `lstmLayer of ${inputSize} inputs and ${units} units`,
    4 * layerFloats(inputSize, units),
    'take fewer units',
  );
  return {
    kernel: variable('kernel', glorotUniform(inputSize, 4 * units, nextSeed())),
    recurrentKernel: variable('recurrentKernel', glorotUniform(units, 4 * units, nextSeed())),
    bias: variable('bias', zeros([4 * units])),
    h: variable('h', zeros([units])),
    c: variable('c', zeros([units])),
  };
}

/** The numbers of a layer's variables. */
const layerFloats = (inputSize: number, units: number): number =>
  4 * units * (inputSize + units + 1) + 2 * units;

/**
 * The learned h and c of a layer before the first step, the same for each of `batch` sequences.
 *
 * @throws TapeheadError `argument` for what is no numbers, `shape` for h and c of other axes than `[units]`, `range` for a
 * bad batch or one that no memory holds
 */
export function initialCell(layer: LstmCell<Floats>, batch: number): LstmCell {
  checkObject('layer', layer, '{ h, c }');
  checkInteger('batch', batch);
  return tidy(() => {
    const h = floatsOfShape('h', layer.h, ['units']);
    const c = floatsOfShape('c', layer.c, h.shape, 'the shape of h');
    checkBatch('initialCell', batch, h.size, 1);
    return { h: repeat(h, batch), c: repeat(c, batch) };
  });
}

/** Throws where there is no room for h and c of all layers. */
function checkBatch(where: string, batch: number, units: number, layers: number): void {
  checkRoom(
    `${where} of batch ${batch}, ${units} units and ${layers} layers`,
    4 * 2 * batch * units * layers,
    'take a smaller batch',
    4 * batch * units,
  );
}

/** What an LSTM controller carries: one cell a layer, from the bottom up. */
export type LstmState = { cells: LstmCell[] };

/**
 * A stack of LSTM layers, with learned starting values.
 * Variables of layer l: `l.kernel`, `l.recurrentKernel`, `l.bias`, `l.h`, `l.c`, as {@link lstmLayer} makes them.
 *
 * @throws TapeheadError `range` for bad sizes and for sizes that no memory holds, `argument` for a context without what
 * it needs. `initialState` and `step` refuse, on every engine alike, a batch, an input or a state that does not fit
 */
export function lstm(context: ControllerContext, size: ControllerSize): BuiltController<LstmState> {
  checkContext(context);
  checkSize('lstm', context, size, (width) => layerFloats(width, size.controllerSize));
  const { inputSize, variable, nextSeed, engine = 'auto' } = context;
  const { controllerSize: units, layers = 1 } = size;
  const stack = Array.from({ length: layers }, (_, l) => {
    const named: MakeVariable = (name, initial) => variable(`${l}.${name}`, initial);
    return lstmLayer({ inputSize: l === 0 ? inputSize : units, variable: named, nextSeed }, units);
  });
  return {
    outputSize: units,
    initialState(batch) {
      checkInteger('batch', batch);
      checkBatch('initialState', batch, units, layers);
      return { cells: stack.map((layer) => initialCell(layer, batch)) };
    },
    step(x, state) {
      return tidy(() => {
        const input = floatsOfShape('x', x, ['batch', inputSize], `inputSize ${inputSize}`);
        const cells = cellsOf(state, stack, [input.shape[0], units]);
        const next: LstmCell[] = [];
        let output = input;
        for (const { weights, cell } of cells) {
          const stepped = stepOf(output, cell, weights, engine);
          next.push(stepped);
          output = stepped.h;
        }
        return { output, state: { cells: next } };
      });
    },
  };
}

/** Each layer with its cell, `[batch, units]`. */
function cellsOf(
  state: LstmState,
  stack: readonly LstmLayer[],
  shape: readonly [number, number],
): { weights: LstmWeights; cell: LstmCell }[] {
  checkObject('state', state, '{ cells }');
  const cells: readonly LstmCell[] = state.cells;
  if (!Array.isArray(cells) || cells.length !== stack.length) {
    throw new TapeheadError(
      'argument',
      `state.cells: expected an array of ${stack.length}, one cell per layer, got ${textOf(cells)}`,
    );
  }
  return stack.map((weights, l) => {
    const cell: LstmCell = cells[l];
    checkObject(`state.cells[${l}]`, cell, '{ h, c }');
    return { weights: weightsOf(weights), cell: cellOf(cell, `state.cells[${l}].`, shape) };
  });
}

/** The same row for each sequence: `[units]` to `[batch, units]`. */
function repeat(row: Tensor, batch: number): Tensor2D {
  // A sum, since the gradient of `tile` slices once for each repeat.
  return tidy(() => add<Tensor2D>(reshape(row, [1, -1]), zeros([batch, 1])));
}
