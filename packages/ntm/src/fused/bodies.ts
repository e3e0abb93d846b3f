import {
  type CpuKernel,
  type CpuOp,
  functionOf,
  type KernelCall,
  type Pointer,
} from '@tapehead/core/kernels';
import type { NtmSettings } from './op.js';
import { offsetsFrom } from './packed.js';
import { integersOf, packedShapes, type Sizes } from './sizes.js';

// See assembly/sequence.ts for what the functions take.

/** A whole sequence of an NTM on a CPU. */
export const ntmOnCpu: CpuOp<NtmSettings> = {
  workspace: (functions, settings, call) =>
    functionOf(functions, 'workspaceBytes')(call.integers(integersOf(settings))),
  forward: {
    run(functions, settings, { inputs: [x = 0, ...tensors], outputs: [packed = 0], workspace, call }) {
      const { parameters, start } = pointerLists(call, settings, tensors);
      const [logits = 0, ...state] = offsetsFrom(packed, packedShapes(settings, settings.finalState));
      const end = settings.finalState ? call.integers(state) : 0;
      const sizes = call.integers(integersOf(settings));
      functionOf(functions, 'sequenceForward')(sizes, workspace, parameters, start, x, logits, end);
    },
  },
  backward: {
    run(functions, settings, { inputs: [dPacked = 0], outputs, workspace, call }) {
      const { finalState, inputGradient } = settings;
      const [dLogits = 0, ...dState] = offsetsFrom(dPacked, packedShapes(settings, finalState));
      const [dInput = 0, ...gradients] = inputGradient ? outputs : [0, ...outputs];
      const { parameters, start } = pointerLists(call, settings, gradients);
      const dEnd = finalState ? call.integers(dState) : 0;
      const sizes = call.integers(integersOf(settings));
      functionOf(functions, 'sequenceBackward')(sizes, workspace, dLogits, dEnd, parameters, start, dInput);
    },
  },
};

/** What happened at each step, on a CPU. */
export const traceOnCpu: CpuKernel<NtmSettings> = {
  run(functions, settings, { outputs, workspace, call }) {
    const sizes = call.integers(integersOf(settings));
    functionOf(functions, 'sequenceTrace')(sizes, workspace, call.integers(outputs));
  },
};

/** Parameters and start as lists; the kernels leave room for the recurrent kernels that feed-forward layers lack. */
function pointerLists(
  call: KernelCall,
  { layers, feedforward }: Sizes,
  pointers: readonly Pointer[],
): { parameters: Pointer; start: Pointer } {
  const ofLayer = feedforward === 1 ? 2 : 3;
  const end = 4 + ofLayer * layers;
  const layerPointers = Array.from({ length: layers }, (_, l) => {
    const [kernel = 0, ...rest] = pointers.slice(4 + ofLayer * l, 4 + ofLayer * (l + 1));
    return feedforward === 1 ? [kernel, 0, ...rest] : [kernel, ...rest];
  });
  return {
    parameters: call.integers([...pointers.slice(0, 4), ...layerPointers.flat()]),
    start: call.integers(pointers.slice(end)),
  };
}
