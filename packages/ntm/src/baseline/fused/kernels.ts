/** The kernels of a whole sequence. */
export const baselineKernelNames = {
  forward: 'TapeheadLstmBaselineForward',
  backward: 'TapeheadLstmBaselineBackward',
} as const;
