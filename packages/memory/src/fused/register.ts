import { hasFunctions, type KernelBody, needed, registerKernels } from '@tapehead/kernels';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { modules } from '../generated/heads.js';
import { kernelNames } from './kernels.js';

/** The doors of the assembled module: see assembly/kernels.ts, which names what they take. */
interface Doors {
  memoryWorkspaceBytes(heads: number, memorySize: number, memoryDim: number): number;
  writeHeads(...sizesAndPointers: number[]): void;
  writeHeadsBackward(...sizesAndPointers: number[]): void;
}

const doorNames = ['memoryWorkspaceBytes', 'writeHeads', 'writeHeadsBackward'];
const hasDoors = (exports: object): exports is Doors => hasFunctions(exports, doorNames);

/**
 * Registers the kernels of `write` on the wasm and cpu backends: from then on `write` runs on them there, with
 * gradients. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  await registerKernels(modules, hasDoors, {
    [kernelNames.forward]: forward,
    [kernelNames.backward]: backward,
  });
}

const forward: KernelBody<Doors> = ({ heap, doors }, inputs) => {
  const { B, H, N, M } = sizesOf(inputs);
  const call = heap.call();
  const pointers = inputs.map((each) => call.input(each));
  const workspace = call.room(doors.memoryWorkspaceBytes(H, N, M));
  doors.writeHeads(B, H, N, M, workspace, ...pointers, call.output([B, N, M]));
  return call.finish();
};

const backward: KernelBody<Doors> = ({ heap, doors }, inputs) => {
  const { B, H, N, M } = sizesOf(inputs);
  const call = heap.call();
  const pointers = inputs.map((each) => call.input(each));
  const workspace = call.room(doors.memoryWorkspaceBytes(H, N, M));
  const gradients = inputs.slice(0, 4).map(({ shape }) => call.output(shape));
  doors.writeHeadsBackward(B, H, N, M, workspace, ...pointers, ...gradients);
  return call.finish();
};

/** From memory `[B, N, M]` and weights `[B, H, N]`. */
function sizesOf([memory, weights]: readonly TensorInfo[]): Record<'B' | 'H' | 'N' | 'M', number> {
  const [B = 0, N = 0, M = 0] = needed(memory).shape;
  return { B, H: needed(weights).shape[1] ?? 0, N, M };
}
