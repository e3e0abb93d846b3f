import { baselineOp } from '../baseline/fused/op.js';
import { ntmOp, traceKernel } from '../fused/op.js';

export const kernelNames = {
  forward: ntmOp.forward.name,
  backward: ntmOp.backward.name,
  trace: traceKernel.name,
};

export const baselineKernelNames = { forward: baselineOp.forward.name, backward: baselineOp.backward.name };
