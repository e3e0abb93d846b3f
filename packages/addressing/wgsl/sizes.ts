import { type SizesOf, sumOf } from '@tapehead/core/kernels';

/** B, H, N, M and S of `addressOp`. */
export type AddressSizes = SizesOf<'B' | 'H' | 'N' | 'M' | 'S'>;

/** What a program on a GPU is compiled for. */
export type RowSizes = Omit<AddressSizes, 'B'>;

/** The floats of a sequence's inputs. */
export function inputSizes({ H, N, M, S }: RowSizes) {
  return { key: H * M, beta: H, gate: H, shift: H * S, gamma: H, memory: N * M, previous: H * N };
}

/**
 * The floats that a sequence takes of the workspace on a GPU: the inputs, the weights, what backward needs again, and room
 * for what a workgroup has no storage for.
 */
export function rowSizes(sizes: RowSizes) {
  const { H, N, M, S } = sizes;
  const kept = { weights: H * N, inverses: N, similarity: H * N, content: H * N, shifted: H * N };
  return { ...inputSizes(sizes), ...kept, scratch: 2 * (M + S + 3) + 3 * N };
}

/** The floats of the workspace, the largest buffer on a GPU. */
export function workspaceFloats(sizes: AddressSizes): number {
  return sizes.B * sumOf(Object.values(rowSizes(sizes)));
}
