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
