import { checkInteger, checkShape, TapeheadError } from '@tapehead/core';
import {
  expandDims,
  fill,
  type Rank,
  randomUniform,
  type Tensor2D,
  type Tensor3D,
  tidy,
  tile,
} from '@tensorflow/tfjs-core';

/** How many rows a memory has, and how wide they are. */
export interface MemorySize {
  /** N, the number of rows. */
  readonly memorySize: number;
  /** M, the length of a row. */
  readonly memoryDim: number;
}

function checkSize({ memorySize, memoryDim }: MemorySize): void {
  checkInteger('memorySize', memorySize);
  checkInteger('memoryDim', memoryDim);
}

/**
 * Every cell the same, 1e-6 by default: what Collier & Beel 2018 found to converge soonest. All rows are alike, so
 * something else must tell them apart: learned starting weightings do.
 *
 * @returns `[N, M]`
 * @throws TapeheadError `range` for bad sizes or a value that is not finite
 */
export function constantMemory(options: MemorySize & { readonly value?: number }): Tensor2D {
  const { memorySize, memoryDim, value = 1e-6 } = options;
  checkSize(options);
  if (!Number.isFinite(value))
    throw new TapeheadError('range', `value: expected a finite number, got ${value}`);
  return fill<Rank.R2>([memorySize, memoryDim], value);
}

/**
 * Cells uniform in ±1/√(N + M), so that no two rows are alike. A starting memory to keep, or to learn from: make it
 * a variable and it is learned.
 *
 * @param options sizes, and the seed: the same seed gives the same memory
 * @returns `[N, M]`
 * @throws TapeheadError `range` for bad sizes
 */
export function randomMemory(options: MemorySize & { readonly seed?: number }): Tensor2D {
  const { memorySize, memoryDim, seed } = options;
  checkSize(options);
  const reach = 1 / Math.sqrt(memorySize + memoryDim);
  return randomUniform<Rank.R2>([memorySize, memoryDim], -reach, reach, 'float32', seed);
}

/**
 * The same contents for each sequence of a batch; gradients flow back to `contents`, so a variable is learned.
 *
 * @param contents `[N, M]`
 * @returns `[batch, N, M]`
 * @throws TapeheadError `shape` or `range`
 */
export function repeatMemory(contents: Tensor2D, batch: number): Tensor3D {
  checkShape('contents', contents, ['memorySize', 'memoryDim']);
  checkInteger('batch', batch);
  return tidy(() => tile(expandDims<Tensor3D>(contents, 0), [batch, 1, 1]));
}
