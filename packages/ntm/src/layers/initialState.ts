import { type Floats, floatsOfShape, TapeheadError, textOf } from '@tapehead/core';
import { clone, fill, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { LayersModel, type Shape } from '@tensorflow/tfjs-layers';
import { initialReads } from './initialRead.js';

/**
 * The state before the first step, as the original starts: the reads are the mean of the rows of the memory, the weights are
 * uniform, h and c of the controller are 0.
 *
 * @param model of `build({ outputs: 'output-and-state' })`
 * @param memory what it holds before the first step, `[batch, N, M]`
 * @returns a tensor for each input of the model after the first: memory, reads, read weights, write weights, h and c of each
 * layer of the controller; the caller's to dispose
 * @throws TapeheadError `argument` for another model, and for what is no numbers; `shape` for another memory
 *
 * @example
 * let state = initialState(model, memory);
 * for (const x of steps) {
 *   const [output, ...next] = model.predict([x, ...state]);
 *   tf.dispose(state);
 *   state = next;
 * }
 */
export function initialState(model: LayersModel, memory: Floats): Tensor[] {
  const { memorySize, memoryDim, readHeads, writeHeads, cells } = sizesOf(model);
  return tidy(() => {
    const rows = floatsOfShape('memory', memory, ['batch', memorySize, memoryDim], 'those of the model');
    const [batch = 1] = rows.shape;
    const uniform = (heads: number) => fill([batch, heads, memorySize], 1 / memorySize);
    return [
      clone(rows),
      initialReads(rows, readHeads),
      uniform(readHeads),
      uniform(writeHeads),
      ...cells.map((size) => zeros([batch, size])),
    ];
  });
}

interface StateSizes {
  readonly memorySize: number;
  readonly memoryDim: number;
  readonly readHeads: number;
  readonly writeHeads: number;
  /** Widths of h and c of each layer of the controller. */
  readonly cells: readonly number[];
}

function sizesOf(model: unknown): StateSizes {
  const shapes = model instanceof LayersModel ? model.inputs.map(({ shape }) => shape) : [];
  const names = model instanceof LayersModel ? model.inputNames : [];
  const [, memory = [], reads = [], , writeWeights = [], ...cells] = shapes;
  if (inputNames.every((name, i) => names[i] === name) && cells.length > 0) {
    return {
      memorySize: sizeOf(memory, 1),
      memoryDim: sizeOf(memory, 2),
      readHeads: sizeOf(reads, 1),
      writeHeads: sizeOf(writeWeights, 1),
      cells: cells.map((shape) => sizeOf(shape, 1)),
    };
  }
  const got = names.length > 0 ? `one with the inputs ${names.join(', ')}` : textOf(model);
  throw new TapeheadError(
    'argument',
    `model: expected one of build({ outputs: 'output-and-state' }), got ${got}`,
  );
}

const inputNames = ['input', 'memory', 'reads', 'read_weights', 'write_weights'];

function sizeOf(shape: Shape, axis: number): number {
  const size = shape[axis];
  if (typeof size === 'number') return size;
  throw new Error('the inputs of the model have sizes');
}
