import {
  type GpuBody,
  type GpuProgram,
  lanesFor,
  needed,
  registerGpuKernels,
  unpack,
} from '@tapehead/core/kernels';
import { writeHeadsBackwardCode, writeHeadsCode } from '../../wgsl/kernels.js';
import { inputShapes, kernelNames, largestBuffer, type WriteSizes, writeSizes } from './kernels.js';

/** Registers the kernels of `write` on the webgpu backend: a dispatch forward, one back. */
export function registerGpu(): void {
  registerGpuKernels(
    { [kernelNames.forward]: forward, [kernelNames.backward]: backward },
    { [kernelNames.forward]: (inputs) => largestBuffer(writeSizes(inputs)) },
  );
}

const reads = ['memory', 'weights', 'erase', 'add'] as const;
const keyOf = (name: string, { W, N, M }: WriteSizes): string => `memory ${name} ${W},${N},${M}`;

const forward: GpuBody = (call, inputs) => {
  const { B, ...sizes } = writeSizes(inputs);
  const program: GpuProgram = {
    key: keyOf('write', { B, ...sizes }),
    reads,
    writes: ['after'],
    uniforms: { B: 'u32' },
    lanes: 64,
    code: () => writeHeadsCode(sizes),
  };
  const buffers = [...inputs.map((each) => call.input(each)), call.output([B, sizes.N, sizes.M])];
  call.dispatch(program, buffers, { B }, Math.ceil((B * sizes.N * sizes.M) / program.lanes));
};

const backward: GpuBody = (call, inputs) => {
  const { B, ...sizes } = writeSizes(inputs);
  const [dWritten, ...given] = [...inputs].reverse();
  const { W, N, M } = sizes;
  const lanes = lanesFor(Math.max(N, 2 * W * M), call.limits);
  const program: GpuProgram = {
    key: keyOf('write backward', { B, ...sizes }),
    reads,
    writes: ['gradients'],
    uniforms: { B: 'u32' },
    lanes,
    code: () => writeHeadsBackwardCode(sizes, lanes),
  };
  const gradients = call.room(largestBuffer({ B, ...sizes }));
  call.copy({ buffer: call.input(needed(dWritten)), first: 0, count: B * N * M }, gradients, 0);
  call.dispatch(program, [...given.reverse().map((each) => call.input(each)), gradients], { B }, B);
  unpack(call, gradients, inputShapes({ B, ...sizes }));
};
