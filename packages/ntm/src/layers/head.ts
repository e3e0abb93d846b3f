import { headSize, type KeyActivation } from '@tapehead/addressing';
import { glorotUniform } from '@tapehead/controller';
import { checkInteger, checkOneOf, checkRoom, checkShape, checkWithin, TapeheadError } from '@tapehead/core';
import {
  expandDims,
  type serialization,
  squeeze,
  type Tensor,
  tidy,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { HeadOptions, HeadsOptions } from '../heads.js';
import { known, type Size, sizesIn } from './given.js';
import { inputsOf, Part, type PartArgs, shapesOf } from './part.js';

/** What the layer of a head gives: what it is for, or also where it looks. */
export type HeadOutputs = 'result' | 'result-and-weights';

/** Options of the layer of a head. */
export interface HeadArgs extends PartArgs {
  /** N. Default: that of the memory that the layer is applied to. */
  readonly memorySize?: number | undefined;
  /** M. Default: that of the memory that the layer is applied to. */
  readonly memoryDim?: number | undefined;
  /** Number of heads, which become an axis of reads and weights. Default: one head without that axis. */
  readonly numHeads?: number | undefined;
  /** S, the taps of the shift, odd. Default 3: one row back, stay, one row on. */
  readonly shifts?: number | undefined;
  /** What squashes keys and added vectors. Default `linear`, as in the original. */
  readonly keyAndAddActivation?: KeyActivation | undefined;
  /** What squashes keys, where it is not `keyAndAddActivation`. */
  readonly keyActivation?: KeyActivation | undefined;
  /** What squashes the added vectors of a write head, where it is not `keyAndAddActivation`. */
  readonly addActivation?: KeyActivation | undefined;
  /** ε in the sharpening `w̃^γ / (Σ w̃^γ + ε)`, a number in [0, 1]. Default 0: weights sum to 1. */
  readonly sharpenEpsilon?: number | undefined;
  /** `result` (default), or `result-and-weights`: two outputs. */
  readonly outputs?: HeadOutputs | undefined;
}

const optionNames = [
  'memorySize',
  'memoryDim',
  'numHeads',
  'shifts',
  'keyAndAddActivation',
  'keyActivation',
  'addActivation',
  'sharpenEpsilon',
  'outputs',
] as const satisfies (keyof HeadArgs)[];

const inputNames = ['controllerOut', 'memory', 'previous?'];

/** The sizes that a head is applied to. */
export interface HeadSizes {
  readonly batch: Size;
  readonly controllerSize: number;
  readonly memorySize: Size;
  readonly memoryDim: number;
  /** Empty for a single head without an axis. */
  readonly heads: readonly number[];
}

/** What heads do: `result` is the memory or `[batch, heads, M]`, and `weights` are `[batch, heads, N]`. */
export interface HeadResult {
  readonly result: Tensor;
  readonly weights: Tensor;
}

interface Built {
  readonly kernel: Variable;
  readonly bias: Variable;
  readonly controllerSize: number;
  readonly memoryDim: number;
}

/** The layer of a read head or a write head, or of several heads that act together. */
export abstract class Head extends Part {
  readonly #where: string;
  readonly #args: HeadArgs;
  /** Options of a step. */
  readonly #step: HeadsOptions;
  #built: Built | undefined;

  /** @throws TapeheadError `argument` or `range`, naming the option */
  protected constructor(where: string, args: HeadArgs) {
    super(where, args, optionNames);
    const { memorySize, memoryDim, numHeads, shifts = 3 } = args;
    const { keyAndAddActivation = 'linear', outputs = 'result' } = args;
    const { keyActivation = keyAndAddActivation, addActivation = keyAndAddActivation } = args;
    const { sharpenEpsilon = 0 } = args;
    for (const [name, size] of Object.entries({ memorySize, memoryDim, numHeads }))
      if (size !== undefined) checkInteger(name, size);
    headSize({ memoryDim: 1, shifts });
    for (const [name, activation] of Object.entries({ keyAndAddActivation, keyActivation, addActivation }))
      checkOneOf(name, activation, ['tanh', 'linear']);
    checkWithin('sharpenEpsilon', sharpenEpsilon, 0, 1);
    checkOneOf('outputs', outputs, ['result', 'result-and-weights']);
    this.#where = where;
    this.#args = args;
    this.#step = { shifts, keyActivation, addActivation, sharpenEpsilon, engine: this.engine };
  }

  /** Raw numbers that one head takes. */
  protected abstract rawSize(memoryDim: number, shifts: number): number;

  /** One step of the heads. */
  protected abstract act(controllerOut: Tensor, memory: Tensor, options: HeadOptions): HeadResult;

  /** The shape of the result. */
  protected abstract resultShape(sizes: HeadSizes): Shape;

  override build(inputShape: Shape | Shape[]): void {
    const { controllerSize, memoryDim } = this.#sizes(inputShape);
    const { numHeads = 1, shifts = 3 } = this.#args;
    const raw = numHeads * this.rawSize(memoryDim, shifts);
    checkRoom(
      `${this.#where} (controllerSize ${controllerSize}, numHeads ${numHeads}, memoryDim ${memoryDim}, shifts ${shifts})`,
      4 * raw * (controllerSize + 1),
      'take fewer heads or smaller sizes',
    );
    const kernel = this.variable('kernel', glorotUniform(controllerSize, raw, this.seeds()()));
    const bias = this.variable('bias', zeros([raw]));
    this.#built = { kernel, bias, controllerSize, memoryDim };
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const sizes = this.#sizes(inputShape);
    const result = this.resultShape(sizes);
    if (this.#args.outputs !== 'result-and-weights') return result;
    return [result, [sizes.batch, ...sizes.heads, sizes.memorySize]];
  }

  override call(inputs: Tensor | Tensor[]): Tensor | Tensor[] {
    const [controllerOut, memory, previous] = inputsOf(this.#where, inputs, inputNames);
    if (!controllerOut || !memory || !this.#built)
      throw new Error('the layer is built, and the inputs were counted');
    const { kernel, bias, memoryDim } = this.#built;
    const { memorySize = 'memorySize' } = this.#args;
    checkShape('memory', memory, ['batch', memorySize, memoryDim]);
    const options = { ...this.#step, kernel, bias };
    return tidy(() => {
      const before = previous?.rank === 2 ? expandDims(previous, 1) : previous;
      const { result, weights } = this.act(controllerOut, memory, { ...options, previous: before });
      if (this.#args.outputs !== 'result-and-weights') return result;
      return [result, this.dropAxis(weights)];
    });
  }

  /** `[batch, 1, …]` to `[batch, …]`, unless `numHeads` was given. */
  protected dropAxis(ofHeads: Tensor): Tensor {
    return this.#args.numHeads === undefined ? squeeze(ofHeads, [1]) : ofHeads;
  }

  #sizes(inputShape: Shape | Shape[]): HeadSizes {
    const [controllerOut = [], memory = [], previous] = shapesOf(this.#where, inputShape, inputNames);
    const { memorySize = 'memorySize', numHeads } = this.#args;
    const { controllerSize = 'controllerSize', memoryDim = this.#args.memoryDim ?? 'memoryDim' } =
      this.#built ?? {};
    const open = ['batch', 'memorySize'];
    const [batch = null, rows = null, width] = sizesIn(
      'memory',
      memory,
      ['batch', memorySize, memoryDim],
      open,
    );
    const [, wide] = sizesIn('controllerOut', controllerOut, ['batch', controllerSize]);
    const heads = numHeads === undefined ? [] : [numHeads];
    if (previous) sizesIn('previous', previous, ['batch', ...heads, rows ?? 'memorySize'], open);
    this.#checkShifts(rows);
    return { batch, controllerSize: known(wide), memorySize: rows, memoryDim: known(width), heads };
  }

  #checkShifts(memorySize: Size): void {
    const { shifts = 3 } = this.#args;
    if (memorySize === null || shifts <= memorySize) return;
    throw new TapeheadError(
      'range',
      `shifts: expected at most one tap for each of the ${memorySize} rows of the memory, got ${shifts}`,
    );
  }

  override getConfig(): serialization.ConfigDict {
    const given = [...optionNames, 'seed' as const].flatMap((name) => {
      const value = this.#args[name];
      return value === undefined ? [] : [[name, value]];
    });
    return { ...super.getConfig(), ...Object.fromEntries(given) };
  }
}
