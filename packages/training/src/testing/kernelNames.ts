import { gravesKernel, guardedKernel, measuresKernel, normKernel } from '../fused/kernels.js';

export const kernelNames = {
  norm: normKernel.name,
  graves: gravesKernel.name,
  measures: measuresKernel.name,
  guarded: guardedKernel.name,
};
