import { writeOp } from '../fused/op.js';

export const kernelNames = { forward: writeOp.forward.name, backward: writeOp.backward.name };
