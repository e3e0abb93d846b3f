import { declareAxesOp } from '@tapehead/core/kernels';
import { addressName } from './name.js';

/** The op `address`: the four stages in one kernel call, and all seven gradients in another. */
export const addressOp = /* @__PURE__ */ declareAxesOp({
  ...addressName,
  sizes: { B: 'batch', H: 'heads', N: 'memorySize', M: 'memoryDim', S: 'taps' },
  inputs: {
    key: 'B H M',
    beta: 'B H',
    gate: 'B H',
    shift: 'B H S',
    gamma: 'B H',
    memory: 'B N M',
    previous: 'B H N',
  },
  outputs: { weights: 'B H N' },
  keeps: true,
});
