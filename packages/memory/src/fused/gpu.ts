import {
  type GpuBody,
  type GpuOp,
  type GpuProgram,
  lanesFor,
  needed,
  sizeOf,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { writeHeadsBackwardCode, writeHeadsCode } from '../../wgsl/kernels.js';
import { type WriteSizes, writeOp } from './op.js';

const reads = ['memory', 'weights', 'erase', 'add'] as const;
const keyOf = (name: string, { W, N, M }: WriteSizes): string => `memory ${name} ${W},${N},${M}`;

const forward: GpuBody<WriteSizes> = (call, inputs, sizes) => {
  const { B, W, N, M } = sizes;
  const program: GpuProgram = {
    key: keyOf('write', sizes),
    reads,
    writes: ['after'],
    uniforms: { B: 'u32' },
    lanes: 64,
    code: () => writeHeadsCode({ W, N, M }),
  };
  const buffers = [...inputs.map((each) => call.input(each)), call.output([B, N, M])];
  call.dispatch(program, buffers, { B }, Math.ceil((B * N * M) / program.lanes));
};

const backward: GpuBody<WriteSizes> = (call, inputs, sizes) => {
  const { B, W, N, M } = sizes;
  const [memory, weights, erase, add, dWritten] = inputs.map((each) => call.input(each));
  const lanes = lanesFor(Math.max(N, 2 * W * M), call.limits);
  const program: GpuProgram = {
    key: keyOf('write backward', sizes),
    reads,
    writes: ['gradients'],
    uniforms: { B: 'u32' },
    lanes,
    code: () => writeHeadsBackwardCode({ W, N, M }, lanes),
  };
  const gradients = call.room(largestBuffer(sizes));
  call.copy({ buffer: needed(dWritten), first: 0, count: B * N * M }, gradients, 0);
  call.dispatch(program, [memory, weights, erase, add, gradients].map(needed), { B }, B);
  unpack(call, gradients, writeOp.inputs(sizes));
};

/** The floats of the largest buffer on a GPU, which holds all gradients. */
function largestBuffer(sizes: WriteSizes): number {
  return sumOf(writeOp.inputs(sizes).map(sizeOf));
}

/** `write` on a GPU: a dispatch forward, one back. */
export const writeOnGpu: GpuOp<WriteSizes> = { forward, backward, largest: largestBuffer };
