import { addressOp } from '../fused/op.js';

export const kernelNames = { forward: addressOp.forward.name, backward: addressOp.backward.name };
