import { needed, sumOf } from '@tapehead/core/kernels';
import type { TensorInfo } from '@tensorflow/tfjs-core';

/**
 * The kernels of the op `address`. Inputs are numbered: forward takes key, beta, gate, shift, gamma, memory and
 * previous, and gives the weights and the workspace; backward takes the workspace and the gradient of the weights, and
 * gives the gradients of these seven.
 */
export const kernelNames = { forward: 'TapeheadAddress', backward: 'TapeheadAddressGrad' } as const;

/** What the kernels are told beside their tensors: B, H, N, M and S. */
export type AddressSizes = Record<'batch' | 'heads' | 'memorySize' | 'memoryDim' | 'taps', number>;

/** The sizes among the attributes of a kernel call. */
export function sizesAmong(attributes: Readonly<Record<string, unknown>>): AddressSizes {
  return {
    batch: Number(attributes.batch),
    heads: Number(attributes.heads),
    memorySize: Number(attributes.memorySize),
    memoryDim: Number(attributes.memoryDim),
    taps: Number(attributes.taps),
  };
}

/** From key `[B, H, M]`, shift `[B, H, S]` and memory `[B, N, M]` among the inputs. */
export function addressSizes(inputs: readonly Pick<TensorInfo, 'shape'>[]): AddressSizes {
  const [key, , , shift, , memory] = inputs;
  const [batch = 0, memorySize = 0, memoryDim = 0] = needed(memory).shape;
  const heads = needed(key).shape[1] ?? 0;
  return { batch, heads, memorySize, memoryDim, taps: needed(shift).shape[2] ?? 0 };
}

/** The gradients of the seven inputs have the shapes of these. */
export function inputShapes({
  batch: B,
  heads: H,
  memorySize: N,
  memoryDim: M,
  taps: S,
}: AddressSizes): number[][] {
  const scalars = [B, H];
  return [[B, H, M], scalars, scalars, [B, H, S], scalars, [B, N, M], [B, H, N]];
}

/** What a program on a GPU is compiled for. */
export type RowSizes = Omit<AddressSizes, 'batch'>;

/** The floats of a sequence's inputs. */
export function inputSizes({ heads: H, memorySize: N, memoryDim: M, taps: S }: RowSizes) {
  return { key: H * M, beta: H, gate: H, shift: H * S, gamma: H, memory: N * M, previous: H * N };
}

/**
 * The floats that a sequence takes of the workspace on a GPU: the inputs, the weights, what backward needs again, and room
 * for what a workgroup has no storage for.
 */
export function rowSizes(sizes: RowSizes) {
  const { heads: H, memorySize: N, memoryDim: M, taps: S } = sizes;
  const kept = { weights: H * N, inverses: N, similarity: H * N, content: H * N, shifted: H * N };
  return { ...inputSizes(sizes), ...kept, scratch: 2 * (M + S + 3) + 3 * N };
}

/** The floats of the workspace, the largest buffer on a GPU. */
export function workspaceFloats(sizes: AddressSizes): number {
  return sizes.batch * sumOf(Object.values(rowSizes(sizes)));
}
