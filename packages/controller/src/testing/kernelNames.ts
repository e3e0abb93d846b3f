import { lstmOp } from '../fused/op.js';

export const kernelNames = { forward: lstmOp.forward.name, backward: lstmOp.backward.name };
