import { backwardKernel, forwardKernel } from '../run/ports.js';

export const kernelNames = { forward: forwardKernel.name, backward: backwardKernel.name };
