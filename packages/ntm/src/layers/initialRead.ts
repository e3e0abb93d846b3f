import { checkInteger } from '@tapehead/core';
import { read } from '@tapehead/memory';
import { fill, serialization, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { sizesIn } from './given.js';
import { inputsOf, Part, shapesOf } from './part.js';

/** Options of {@link InitialRead}. */
export interface InitialReadArgs {
  /** Name of the layer. */
  readonly name?: string | undefined;
  /** Number of read heads. Default 1. */
  readonly numHeads?: number | undefined;
}

/**
 * What heads read before the first step, as a layer without weights: the mean of the rows, which is a read with uniform
 * weights. Memory `[batch, N, M]` to `[batch, numHeads, M]`.
 */
export class InitialRead extends Part {
  static readonly className = 'NtmInitialRead';
  readonly #numHeads: number;

  /** @throws TapeheadError `argument` or `range`, naming the option */
  constructor(args: InitialReadArgs = {}) {
    super('InitialRead', args, ['numHeads']);
    const { numHeads = 1 } = args;
    checkInteger('numHeads', numHeads);
    this.#numHeads = numHeads;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [memory = []] = shapesOf('InitialRead', inputShape, ['memory']);
    const axes = ['batch', 'memorySize', 'memoryDim'];
    const [batch = null, , memoryDim = null] = sizesIn('memory', memory, axes, ['batch', 'memorySize']);
    return [batch, this.#numHeads, memoryDim];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [memory] = inputsOf('InitialRead', inputs, ['memory']);
    if (!memory) throw new Error('the inputs were counted');
    return tidy(() => initialReads(memory, this.#numHeads));
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), numHeads: this.#numHeads };
  }
}

serialization.registerClass(InitialRead);

/** The mean of the rows of a memory `[batch, N, M]` for each head, `[batch, heads, M]`. */
export function initialReads(memory: Tensor, heads: number): Tensor {
  const [batch = 1, memorySize = 1] = memory.shape;
  return read(memory, fill([batch, heads, memorySize], 1 / memorySize));
}
