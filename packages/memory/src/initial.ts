import {
  checkFinite,
  checkInteger,
  checkOptions,
  checkRoom,
  type Floats,
  floatsOfShape,
} from '@tapehead/core';
import {
  add,
  expandDims,
  fill,
  type Rank,
  randomUniform,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

/** How many rows a memory has, and how wide they are. */
export interface MemorySize {
  /** N, the number of rows. */
  readonly memorySize: number;
  /** M, the length of a row. */
  readonly memoryDim: number;
}

function checkSize(where: string, options: MemorySize, own: string): void {
  checkOptions(where, options, ['memorySize', 'memoryDim', own]);
  const { memorySize, memoryDim } = options;
  checkInteger('memorySize', memorySize);
  checkInteger('memoryDim', memoryDim);
  checkRoom(
    `${where} of ${memorySize} rows of ${memoryDim}`,
    4 * memorySize * memoryDim,
    'take fewer rows, or shorter ones',
  );
}

/**
 * Every cell the same, 1e-6 by default: what Collier & Beel 2018 found to converge soonest. All rows are alike, so
 * something else must tell them apart: learned starting weightings do.
 *
 * @returns `[N, M]`
 * @throws TapeheadError `range` for bad sizes, for sizes that no memory holds, and for a value that is not finite;
 * `argument` for an unknown option
 */
export function constantMemory(options: MemorySize & { readonly value?: number }): Tensor2D {
  checkSize('constantMemory', options, 'value');
  const { memorySize, memoryDim, value = 1e-6 } = options;
  checkFinite('value', value);
  return fill<Rank.R2>([memorySize, memoryDim], value);
}

/**
 * Cells uniform in ±1/√(N + M), so that no two rows are alike. A starting memory to keep, or to learn from: make it
 * a variable and it is learned.
 *
 * @param options sizes, and the seed: the same seed gives the same memory
 * @returns `[N, M]`
 * @throws TapeheadError `range` for bad sizes, for sizes that no memory holds, and for a seed that is not finite;
 * `argument` for an unknown option
 */
export function randomMemory(options: MemorySize & { readonly seed?: number }): Tensor2D {
  checkSize('randomMemory', options, 'seed');
  const { memorySize, memoryDim, seed } = options;
  if (seed !== undefined) checkFinite('seed', seed);
  const reach = 1 / Math.sqrt(memorySize + memoryDim);
  return randomUniform<Rank.R2>([memorySize, memoryDim], -reach, reach, 'float32', seed);
}

/**
 * The same contents for each sequence of a batch; gradients flow back to `contents`, so a variable is learned.
 *
 * @param contents `[N, M]`
 * @returns `[batch, N, M]`
 * @throws TapeheadError `argument` for what is no numbers, `shape` unless `contents` has two axes, `range` for a bad batch
 * or one that no memory holds
 */
export function repeatMemory(contents: Floats, batch: number): Tensor3D {
  checkInteger('batch', batch);
  return tidy(() => {
    const rows = floatsOfShape('contents', contents, ['memorySize', 'memoryDim']);
    checkRoom(
      `repeatMemory of batch ${batch} and [${rows.shape.join(', ')}]`,
      4 * batch * rows.size,
      'take a smaller batch',
    );
    // A sum, since the gradient of `tile` slices once for each repeat.
    return add<Tensor3D>(expandDims(rows, 0), zeros([batch, 1, 1]));
  });
}
