// The doors of the op `write`: all write heads of a batch, forward and backward.
export { memoryWorkspaceBytes, writeHeads, writeHeadsBackward } from './kernels';
