import { checkObject } from '@tapehead/core';
import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import type { Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  type HeadOptions,
  readHeadSize,
  readHead as readStep,
  writeHeadSize,
  writeHead as writeStep,
} from '../heads.js';
import { checkSymbolic } from './given.js';
import { Head, type HeadArgs, type HeadResult, type HeadSizes } from './head.js';
import { freshName, oneOf, twoOf } from './symbolic.js';

/**
 * A read head as a layer with weights `kernel` and `bias`: controller output `[batch, controllerSize]`, memory
 * `[batch, N, M]` and, if there is a third input, the weights of the step before to what is read, `[batch, M]`.
 * Without a third input the weights before are uniform.
 */
export class ReadHead extends Head {
  static readonly className = 'NtmReadHead';

  /** @throws TapeheadError `argument` or `range`, naming the option */
  constructor(args: HeadArgs = {}) {
    super('readHead', args);
  }

  protected override rawSize(memoryDim: number, shifts: number): number {
    return readHeadSize(memoryDim, shifts);
  }

  protected override act(controllerOut: Tensor, memory: Tensor, options: HeadOptions): HeadResult {
    const { reads, weights } = readStep(controllerOut, memory, options);
    return { result: this.dropAxis(reads), weights };
  }

  protected override resultShape({ batch, heads, memoryDim }: HeadSizes): Shape {
    return [batch, ...heads, memoryDim];
  }
}

/**
 * A write head as a layer with weights `kernel` and `bias`: controller output `[batch, controllerSize]`, memory
 * `[batch, N, M]` and, if there is a third input, the weights of the step before to the new memory, `[batch, N, M]`.
 * Without a third input the weights before are uniform.
 */
export class WriteHead extends Head {
  static readonly className = 'NtmWriteHead';

  /** @throws TapeheadError `argument` or `range`, naming the option */
  constructor(args: HeadArgs = {}) {
    super('writeHead', args);
  }

  protected override rawSize(memoryDim: number, shifts: number): number {
    return writeHeadSize(memoryDim, shifts);
  }

  protected override act(controllerOut: Tensor, memory: Tensor, options: HeadOptions): HeadResult {
    const { memory: result, weights } = writeStep(controllerOut, memory, options);
    return { result, weights };
  }

  protected override resultShape({ batch, memorySize, memoryDim }: HeadSizes): Shape {
    return [batch, memorySize, memoryDim];
  }
}

serialization.registerClass(ReadHead);
serialization.registerClass(WriteHead);

/** Options of {@link readHead} and {@link writeHead}. */
export interface HeadLayerOptions extends HeadArgs {
  /** Weights of the step before, `[batch, N]`, or `[batch, numHeads, N]`. Default uniform, as in the original. */
  readonly previous?: SymbolicTensor | undefined;
}

/** The options of a head that also returns where it looks. */
export type HeadLayerWithWeights = HeadLayerOptions & { readonly outputs: 'result-and-weights' };

/**
 * One step of a read head with weights of its own: all four stages of addressing, then the read (Graves et al. 2014,
 * sections 3.1 and 3.3).
 *
 * @param controllerOut `[batch, controllerSize]`
 * @param memory `[batch, N, M]`
 * @param options `memorySize` and `memoryDim`, if given, are checked against the memory. `name` is that of the layer, by
 * default `read_head`, then `read_head_2` and so on
 * @returns what it reads, `[batch, M]`; with `outputs: 'result-and-weights'` also its weights, `[batch, N]`. With `numHeads`
 * both have an axis of heads
 * @throws TapeheadError `argument` for anything else than symbolic tensors, and for an unknown option; `shape` where the
 * shapes do not fit; `range` for a bad size
 *
 * @example
 * const controllerOut = tf.input({ shape: [100] });
 * const memory = tf.input({ shape: [128, 20] });
 * const read = readHead(controllerOut, memory, { memorySize: 128, memoryDim: 20, name: 'read_head' }); // [null, 20]
 */
export function readHead(
  controllerOut: SymbolicTensor,
  memory: SymbolicTensor,
  options: HeadLayerWithWeights,
): [read: SymbolicTensor, weights: SymbolicTensor];
export function readHead(
  controllerOut: SymbolicTensor,
  memory: SymbolicTensor,
  options?: HeadLayerOptions & { readonly outputs?: 'result' | undefined },
): SymbolicTensor;
export function readHead(
  controllerOut: SymbolicTensor,
  memory: SymbolicTensor,
  options: HeadLayerOptions = {},
): SymbolicTensor | [SymbolicTensor, SymbolicTensor] {
  return applied('readHead', [controllerOut, memory], options);
}

/**
 * One step of a write head with weights of its own: all four stages of addressing, then erase and add,
 * `M·(1 − w eᵀ) + w aᵀ` (Graves et al. 2014, sections 3.2 and 3.3).
 *
 * @param controllerOut `[batch, controllerSize]`
 * @param memory `[batch, N, M]`
 * @param options `memorySize` and `memoryDim`, if given, are checked against the memory. `name` is that of the layer, by
 * default `write_head`, then `write_head_2` and so on
 * @returns the new memory, `[batch, N, M]`; with `outputs: 'result-and-weights'` also its weights, `[batch, N]`. With
 * `numHeads` these have an axis of heads, and all heads erase before the first adds
 * @throws TapeheadError `argument` for anything else than symbolic tensors, and for an unknown option; `shape` where the
 * shapes do not fit; `range` for a bad size
 *
 * @example
 * const controllerOut = tf.input({ shape: [100] });
 * const memory = tf.input({ shape: [128, 20] });
 * const written = writeHead(controllerOut, memory, { name: 'write_head' }); // [null, 128, 20]
 */
export function writeHead(
  controllerOut: SymbolicTensor,
  memory: SymbolicTensor,
  options: HeadLayerWithWeights,
): [memory: SymbolicTensor, weights: SymbolicTensor];
export function writeHead(
  controllerOut: SymbolicTensor,
  memory: SymbolicTensor,
  options?: HeadLayerOptions & { readonly outputs?: 'result' | undefined },
): SymbolicTensor;
export function writeHead(
  controllerOut: SymbolicTensor,
  memory: SymbolicTensor,
  options: HeadLayerOptions = {},
): SymbolicTensor | [SymbolicTensor, SymbolicTensor] {
  return applied('writeHead', [controllerOut, memory], options);
}

function applied(
  where: 'readHead' | 'writeHead',
  [controllerOut, memory]: readonly [SymbolicTensor, SymbolicTensor],
  options: HeadLayerOptions,
): SymbolicTensor | [SymbolicTensor, SymbolicTensor] {
  const { Layer, className, base } = parts[where];
  const instead = `for tensors call new ${className}(options).apply([controllerOut, memory])`;
  checkSymbolic('controllerOut', controllerOut, instead);
  checkSymbolic('memory', memory, instead);
  checkObject(where, options, 'an object of options');
  const { previous, name = freshName(base), ...args } = options;
  if (previous !== undefined) checkSymbolic('previous', previous, 'as memory is one');
  const inputs = [controllerOut, memory, ...(previous === undefined ? [] : [previous])];
  const outputs = new Layer({ ...args, name }).apply(inputs);
  return options.outputs === 'result-and-weights' ? twoOf(outputs) : oneOf(outputs);
}

const parts = {
  readHead: { Layer: ReadHead, className: 'ReadHead', base: 'read_head' },
  writeHead: { Layer: WriteHead, className: 'WriteHead', base: 'write_head' },
} as const;
