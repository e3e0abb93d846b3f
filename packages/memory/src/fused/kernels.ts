/**
 * The kernels of the op `write`. Inputs are numbered: forward takes memory, weights, erase and add, and gives the new
 * memory; backward takes the same and the gradient of the new memory, and gives the gradients of the four.
 */
export const kernelNames = { forward: 'TapeheadWrite', backward: 'TapeheadWriteGrad' } as const;
