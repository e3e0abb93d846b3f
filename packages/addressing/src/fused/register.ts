import { hasFunctions, type KernelBody, needed, registerKernels } from '@tapehead/core/kernels';
import { modules } from '../generated/heads.js';
import { registerGpu } from './gpu.js';
import { inputShapes, kernelNames, sizesAmong } from './kernels.js';

/** The doors of the assembled module: see assembly/kernels.ts, which names what they take. */
interface Doors {
  addressWorkspaceBytes(...sizes: number[]): number;
  addressHeads(...sizesAndPointers: number[]): void;
  addressHeadsBackward(...sizesAndPointers: number[]): void;
}

const doorNames = ['addressWorkspaceBytes', 'addressHeads', 'addressHeadsBackward'];
const hasDoors = (exports: object): exports is Doors => hasFunctions(exports, doorNames);

/**
 * Registers the kernels of `address` on the webgpu, wasm and cpu backends: from then on `address` runs on them there, with
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

const forward: KernelBody<Doors> = ({ heap, doors }, inputs, attributes) => {
  const { batch: B, heads: H, memorySize: N, memoryDim: M, taps: S } = sizesAmong(attributes);
  const call = heap.call();
  const weights = call.output([B, H, N]);
  const workspace = call.output([doors.addressWorkspaceBytes(B, H, N, M, S) / 4]);
  const pointers = inputs.map((each) => call.input(each));
  doors.addressHeads(B, H, N, M, S, workspace, ...pointers, weights);
  return call.finish();
};

const backward: KernelBody<Doors> = ({ heap, doors }, [workspace, dWeights], attributes) => {
  const sizes = sizesAmong(attributes);
  const { batch: B, heads: H, memorySize: N, memoryDim: M, taps: S } = sizes;
  const call = heap.call();
  const kept = call.input(needed(workspace));
  const d = call.input(needed(dWeights));
  const gradients = inputShapes(sizes).map((shape) => call.output(shape));
  doors.addressHeadsBackward(B, H, N, M, S, kept, d, ...gradients);
  return call.finish();
};
