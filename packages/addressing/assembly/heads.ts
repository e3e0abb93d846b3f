// The doors of the op `address`: all heads of a batch, forward and backward.
export { addressHeads, addressHeadsBackward, addressWorkspaceBytes } from './kernels';
