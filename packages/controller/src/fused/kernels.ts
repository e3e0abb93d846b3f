/**
 * The kernels of `lstmStep`. Inputs are numbered: forward takes x, h, c, kernel, recurrentKernel and bias, and gives
 * the new h and c and what the backward kernel needs of this step; backward takes kernel, recurrentKernel, that, and the
 * gradients of the new h and c, and gives the gradients of the six.
 */
export const kernelNames = { forward: 'TapeheadLstmStep', backward: 'TapeheadLstmStepGrad' } as const;
