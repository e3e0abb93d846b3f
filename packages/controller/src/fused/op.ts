import { declareAxesOp, type SizesOf } from '@tapehead/core/kernels';
import { lstmName } from './name.js';

/** B sequences, I inputs and U units. */
export type StepSizes = SizesOf<'B' | 'I' | 'U'>;

/** The op `lstmStep`: one step in one kernel call, and all six gradients in another. */
export const lstmOp = /* @__PURE__ */ declareAxesOp({
  ...lstmName,
  sizes: { B: 'batch', I: 'inputSize', U: 'units' },
  inputs: { x: 'B I', h: 'B U', c: 'B U', kernel: 'I 4U', recurrentKernel: 'U 4U', bias: '4U' },
  outputs: { h: 'B U', c: 'B U' },
  again: ['kernel', 'recurrentKernel'],
  keeps: true,
});
