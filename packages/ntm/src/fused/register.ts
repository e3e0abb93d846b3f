import {
  hasFunctions,
  type KernelBody,
  type KernelCall,
  needed,
  type Pointer,
  registerKernels,
} from '@tapehead/kernels';
import { modules } from '../generated/sequence.js';
import { registerGpu } from './gpu.js';
import { kernelNames, settingsAmong } from './kernels.js';
import { countOf, inputShapes, integersOf, packedShapes, type Sizes, traceShapes } from './sizes.js';

/** The doors of the assembled module: see assembly/sequence.ts. */
interface Doors {
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

const doorNames = ['workspaceBytes', 'sequenceForward', 'sequenceTrace', 'sequenceBackward'];
const hasDoors = (exports: object): exports is Doors => hasFunctions(exports, doorNames);

/**
 * Registers the whole-sequence kernels on the webgpu, wasm and cpu backends: from then on every NTM whose `engine` is not
 * `reference` runs on them. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGpu();
  await registerKernels(modules, hasDoors, {
    [kernelNames.forward]: forward,
    [kernelNames.backward]: backward,
    [kernelNames.trace]: trace,
  });
}

const forward: KernelBody<Doors> = ({ heap, doors }, [x, ...tensors], attributes) => {
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

const backward: KernelBody<Doors> = ({ heap, doors }, [workspace, dPacked], attributes) => {
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

const trace: KernelBody<Doors> = ({ heap, doors }, [workspace], attributes) => {
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

/** Where tensors of so many floats each begin that stand one behind the other. */
function offsetsFrom(first: Pointer, counts: readonly number[]): Pointer[] {
  let next = first;
  return counts.map((count) => {
    const offset = next;
    next += 4 * count;
    return offset;
  });
}
