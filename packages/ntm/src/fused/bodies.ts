import { type KernelBody, type KernelCall, needed, type Pointer } from '@tapehead/core/kernels';
import { kernelNames, settingsAmong } from './kernels.js';
import { countOf, offsetsFrom } from './packed.js';
import { inputShapes, integersOf, packedShapes, type Sizes, traceShapes } from './sizes.js';

/** The doors of the assembled module for an NTM: see assembly/sequence.ts. */
export interface NtmDoors {
  workspaceBytes(sizes: Pointer): number;
  sequenceForward(
    sizes: Pointer,
    workspace: Pointer,
    parameters: Pointer,
    state: Pointer,
    x: Pointer,
    logits: Pointer,
    finalState: Pointer,
  ): void;
  sequenceTrace(sizes: Pointer, workspace: Pointer, trace: Pointer): void;
  sequenceBackward(
    sizes: Pointer,
    workspace: Pointer,
    dLogits: Pointer,
    dFinalState: Pointer,
    dParameters: Pointer,
    dState: Pointer,
    dInput: Pointer,
  ): void;
}

const forward: KernelBody<NtmDoors> = ({ heap, doors }, [x, ...tensors], attributes) => {
  const { finalState, ...sizes } = settingsAmong(attributes);
  const call = heap.call();
  const list = call.integers(integersOf(sizes));
  const input = call.input(needed(x));
  const { parameters, start } = pointerLists(
    call,
    sizes,
    tensors.map((each) => call.input(each)),
  );
  const shapes = packedShapes(sizes, finalState);
  const counts = shapes.map(countOf);
  const packed = call.output(finalState ? [counts.reduce((sum, count) => sum + count, 0)] : shapes.flat());
  const [logits = packed, ...state] = offsetsFrom(packed, counts);
  const workspace = call.output([doors.workspaceBytes(list) / 4]);
  const end = finalState ? call.integers(state) : 0;
  doors.sequenceForward(list, workspace, parameters, start, input, logits, end);
  return call.finish();
};

const backward: KernelBody<NtmDoors> = ({ heap, doors }, [workspace, dPacked], attributes) => {
  const { finalState, inputGradient, ...sizes } = settingsAmong(attributes);
  const call = heap.call();
  const list = call.integers(integersOf(sizes));
  const kept = call.input(needed(workspace));
  const counts = packedShapes(sizes, finalState).map(countOf);
  const [dLogits = 0, ...dState] = offsetsFrom(call.input(needed(dPacked)), counts);
  const [inputShape, ...shapes] = inputShapes(sizes);
  const dInput = inputGradient ? call.output(needed(inputShape)) : 0;
  const gradients = shapes.map((shape) => call.output(shape));
  const { parameters, start } = pointerLists(call, sizes, gradients);
  const dEnd = finalState ? call.integers(dState) : 0;
  doors.sequenceBackward(list, kept, dLogits, dEnd, parameters, start, dInput);
  return call.finish();
};

const trace: KernelBody<NtmDoors> = ({ heap, doors }, [workspace], attributes) => {
  const sizes = settingsAmong(attributes);
  const call = heap.call();
  const list = call.integers(integersOf(sizes));
  const kept = call.input(needed(workspace));
  const outputs = call.integers(traceShapes(sizes).map((shape) => call.output(shape)));
  doors.sequenceTrace(list, kept, outputs);
  return call.finish();
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

/** What the kernels of an NTM do with tensors, by name. */
export const ntmKernels = {
  [kernelNames.forward]: forward,
  [kernelNames.backward]: backward,
  [kernelNames.trace]: trace,
};
