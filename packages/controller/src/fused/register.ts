import { hasFunctions, type KernelBody, needed, registerKernels, runKernel } from '@tapehead/core/kernels';
import { type GradConfig, registerGradient, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { modules } from '../generated/kernels.js';
import { registerGpu } from './gpu.js';
import { inputShapes, kernelNames, stepSizes } from './kernels.js';

/** The doors of the assembled module: see assembly/kernels.ts, which names what they take. */
interface Doors {
  lstmKeptBytes(batch: number, inputSize: number, units: number): number;
  lstmWorkspaceBytes(batch: number, inputSize: number, units: number): number;
  lstmStep(...sizesAndPointers: number[]): void;
  lstmStepBackward(...sizesAndPointers: number[]): void;
}

const doorNames = ['lstmKeptBytes', 'lstmWorkspaceBytes', 'lstmStep', 'lstmStepBackward'];
const hasDoors = (exports: object): exports is Doors => hasFunctions(exports, doorNames);

/**
 * Registers the kernels of `lstmStep` on the webgpu, wasm and cpu backends, with their gradient: from then on `lstmStep`, and
 * with it every LSTM controller, runs on them there. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGradient(gradient);
  registerGpu();
  await registerKernels(modules, hasDoors, {
    [kernelNames.forward]: forward,
    [kernelNames.backward]: backward,
  });
}

const forward: KernelBody<Doors> = ({ heap, doors }, inputs) => {
  const { B, I, U } = stepSizes(inputs);
  const call = heap.call();
  const pointers = inputs.map((each) => call.input(each));
  const next = [call.output([B, U]), call.output([B, U])];
  const kept = call.output([doors.lstmKeptBytes(B, I, U) / 4]);
  const workspace = call.room(doors.lstmWorkspaceBytes(B, I, U));
  doors.lstmStep(B, I, U, kept, workspace, ...pointers, ...next);
  return call.finish();
};

const backward: KernelBody<Doors> = ({ heap, doors }, [kernel, recurrentKernel, kept, dH, dC]) => {
  const [B = 0, U = 0] = needed(dH).shape;
  const [I = 0] = needed(kernel).shape;
  const call = heap.call();
  const at = (tensor: TensorInfo | undefined) => call.input(needed(tensor));
  const given = [at(kernel), at(recurrentKernel), at(dH), at(dC)];
  const keptAt = at(kept);
  const gradients = inputShapes({ B, I, U }).map((shape) => call.output(shape));
  const workspace = call.room(doors.lstmWorkspaceBytes(B, I, U));
  doors.lstmStepBackward(B, I, U, keptAt, workspace, ...given, ...gradients);
  return call.finish();
};

/** Two results have a gradient each, which `customGrad` does not know; a registered gradient does. */
const gradient: GradConfig = {
  kernelName: kernelNames.forward,
  inputsToSave: ['3', '4'],
  outputsToSave: [false, false, true],
  gradFunc(dy: Tensor | Tensor[], saved: Tensor[]) {
    const [dH, dC] = Array.isArray(dy) ? dy : [dy];
    const gradients = runKernel(kernelNames.backward, [...saved, needed(dH), needed(dC)], {});
    return Object.fromEntries(gradients.map((each, i) => [i, () => each]));
  },
};
