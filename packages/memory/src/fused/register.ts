import { hasFunctions, type KernelBody, registerKernels } from '@tapehead/core/kernels';
import { modules } from '../generated/heads.js';
import { registerGpu } from './gpu.js';
import { inputShapes, kernelNames, writeSizes } from './kernels.js';

/** The doors of the assembled module: see assembly/kernels.ts, which names what they take. */
interface Doors {
  memoryWorkspaceBytes(heads: number, memorySize: number, memoryDim: number): number;
  writeHeads(...sizesAndPointers: number[]): void;
  writeHeadsBackward(...sizesAndPointers: number[]): void;
}

const doorNames = ['memoryWorkspaceBytes', 'writeHeads', 'writeHeadsBackward'];
const hasDoors = (exports: object): exports is Doors => hasFunctions(exports, doorNames);

/**
 * Registers the kernels of `write` on the webgpu, wasm and cpu backends: from then on `write` runs on them there, with
 * gradients. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGpu();
  await registerKernels(modules, hasDoors, {
    [kernelNames.forward]: forward,
    [kernelNames.backward]: backward,
  });
}

const forward: KernelBody<Doors> = ({ heap, doors }, inputs) => {
  const { B, W, N, M } = writeSizes(inputs);
  const call = heap.call();
  const pointers = inputs.map((each) => call.input(each));
  const workspace = call.room(doors.memoryWorkspaceBytes(W, N, M));
  doors.writeHeads(B, W, N, M, workspace, ...pointers, call.output([B, N, M]));
  return call.finish();
};

const backward: KernelBody<Doors> = ({ heap, doors }, inputs) => {
  const { B, W, N, M } = writeSizes(inputs);
  const call = heap.call();
  const pointers = inputs.map((each) => call.input(each));
  const workspace = call.room(doors.memoryWorkspaceBytes(W, N, M));
  const gradients = inputShapes({ B, W, N, M }).map((shape) => call.output(shape));
  doors.writeHeadsBackward(B, W, N, M, workspace, ...pointers, ...gradients);
  return call.finish();
};
