import { type CpuOp, functionOf } from '@tapehead/core/kernels';
import { offsetsFrom } from '../../fused/packed.js';
import { type BaselineSettings, packedShapes, parameterShapes } from './op.js';

/** A whole sequence of an LSTM baseline on a CPU. See assembly/baseline/sequence.ts for what the functions take. */
export const baselineOnCpu: CpuOp<BaselineSettings> = {
  workspace: (functions, settings, call) =>
    functionOf(functions, 'baselineWorkspaceBytes')(call.integers(integersOf(settings))),
  forward: {
    run(functions, settings, { inputs: [x = 0, ...tensors], outputs: [packed = 0], workspace, call }) {
      const count = parameterShapes(settings).length;
      const parameters = call.integers(tensors.slice(0, count));
      const start = call.integers(tensors.slice(count));
      const [logits = 0, ...state] = offsetsFrom(packed, packedShapes(settings));
      const end = settings.finalState ? call.integers(state) : 0;
      const sizes = call.integers(integersOf(settings));
      functionOf(functions, 'baselineForward')(sizes, workspace, parameters, start, x, logits, end);
    },
  },
  backward: {
    run(functions, settings, { inputs: [dPacked = 0], outputs, workspace, call }) {
      const { finalState, inputGradient } = settings;
      const [dLogits = 0, ...dState] = offsetsFrom(dPacked, packedShapes(settings));
      const [dInput = 0, ...gradients] = inputGradient ? outputs : [0, ...outputs];
      const count = parameterShapes(settings).length;
      const parameters = call.integers(gradients.slice(0, count));
      const start = call.integers(gradients.slice(count));
      const dEnd = finalState ? call.integers(dState) : 0;
      const sizes = call.integers(integersOf(settings));
      functionOf(functions, 'baselineBackward')(sizes, workspace, dLogits, dEnd, parameters, start, dInput);
    },
  },
};

/** The sizes in the order in which the kernels take them. */
function integersOf(settings: BaselineSettings): number[] {
  const { batch, time, inputSize, outputSize, size, layers, learnedStart } = settings;
  return [batch, time, inputSize, outputSize, size, layers, learnedStart ? 1 : 0];
}
