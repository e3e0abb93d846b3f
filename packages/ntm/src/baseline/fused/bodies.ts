import { type KernelBody, needed, type Pointer } from '@tapehead/core/kernels';
import { countOf, offsetsFrom } from '../../fused/packed.js';
import {
  type BaselineSettings,
  baselineKernelNames,
  baselineSettingsAmong,
  packedShapes,
  parameterShapes,
  stateShapes,
} from './kernels.js';

/** The doors of the assembled module for an LSTM baseline: see assembly/baseline/sequence.ts. */
export interface BaselineDoors {
  baselineWorkspaceBytes(sizes: Pointer): number;
  baselineForward(
    sizes: Pointer,
    workspace: Pointer,
    parameters: Pointer,
    state: Pointer,
    x: Pointer,
    logits: Pointer,
    finalState: Pointer,
  ): void;
  baselineBackward(
    sizes: Pointer,
    workspace: Pointer,
    dLogits: Pointer,
    dFinalState: Pointer,
    dParameters: Pointer,
    dState: Pointer,
    dInput: Pointer,
  ): void;
}

const forward: KernelBody<BaselineDoors> = ({ heap, doors }, [x, ...tensors], attributes) => {
  const settings = baselineSettingsAmong(attributes);
  const call = heap.call();
  const sizes = call.integers(integersOf(settings));
  const input = call.input(needed(x));
  const pointers = tensors.map((each) => call.input(each));
  const count = parameterShapes(settings).length;
  const [parameters, start] = [call.integers(pointers.slice(0, count)), call.integers(pointers.slice(count))];
  const shapes = packedShapes(settings);
  const counts = shapes.map(countOf);
  const { finalState } = settings;
  const packed = call.output(finalState ? [counts.reduce((sum, each) => sum + each, 0)] : shapes.flat());
  const [logits = packed, ...state] = offsetsFrom(packed, counts);
  const workspace = call.output([doors.baselineWorkspaceBytes(sizes) / 4]);
  const end = finalState ? call.integers(state) : 0;
  doors.baselineForward(sizes, workspace, parameters, start, input, logits, end);
  return call.finish();
};

const backward: KernelBody<BaselineDoors> = ({ heap, doors }, [workspace, dPacked], attributes) => {
  const settings = baselineSettingsAmong(attributes);
  const { batch, time, inputSize, learnedStart, finalState, inputGradient } = settings;
  const call = heap.call();
  const sizes = call.integers(integersOf(settings));
  const kept = call.input(needed(workspace));
  const counts = packedShapes(settings).map(countOf);
  const [dLogits = 0, ...dState] = offsetsFrom(call.input(needed(dPacked)), counts);
  const dInput = inputGradient ? call.output([batch, time, inputSize]) : 0;
  const outputs = (shapes: number[][]) => call.integers(shapes.map((shape) => call.output(shape)));
  const parameters = outputs(parameterShapes(settings));
  const start = outputs(stateShapes(settings, learnedStart ? [] : [batch]));
  const dEnd = finalState ? call.integers(dState) : 0;
  doors.baselineBackward(sizes, kept, dLogits, dEnd, parameters, start, dInput);
  return call.finish();
};

/** The sizes in the order in which the kernels take them. */
function integersOf(settings: BaselineSettings): number[] {
  const { batch, time, inputSize, outputSize, size, layers, learnedStart } = settings;
  return [batch, time, inputSize, outputSize, size, layers, learnedStart ? 1 : 0];
}

/** What the kernels of an LSTM baseline do with tensors, by name. */
export const baselineKernels = {
  [baselineKernelNames.forward]: forward,
  [baselineKernelNames.backward]: backward,
};
