import { type GpuBody, type GpuOp, lanesFor, needed, sizeOf, sumOf, unpack } from '@tapehead/core/kernels';
import { writeHeadsBackwardCode, writeHeadsCode } from '../../wgsl/kernels.js';
import { type WriteSizes, writeOp } from './op.js';

const keyOf = (name: string, { W, N, M }: WriteSizes): string => `memory ${name} ${W},${N},${M}`;

const forward: GpuBody<WriteSizes> = (call, inputs, sizes) => {
  const { B, W, N, M } = sizes;
  const [memory, weights, erase, add] = inputs.map(call.input);
  call.run({
    key: keyOf('write', sizes),
    reads: { memory, weights, erase, add },
    writes: { after: call.output([B, N, M]) },
    integers: { B },
    lanes: 64,
    groups: Math.ceil((B * N * M) / 64),
    code: () => writeHeadsCode({ W, N, M }),
  });
};

const backward: GpuBody<WriteSizes> = (call, inputs, sizes) => {
  const { B, W, N, M } = sizes;
  const [memory, weights, erase, add, dWritten] = inputs.map(call.input);
  const lanes = lanesFor(Math.max(N, 2 * W * M), call.limits);
  const gradients = call.room(largestBuffer(sizes));
  call.copy({ buffer: needed(dWritten), first: 0, count: B * N * M }, gradients, 0);
  call.run({
    key: keyOf('write backward', sizes),
    reads: { memory, weights, erase, add },
    writes: { gradients },
    integers: { B },
    lanes,
    groups: B,
    code: () => writeHeadsBackwardCode({ W, N, M }, lanes),
  });
  unpack(call, gradients, writeOp.inputs(sizes));
};

/** The floats of the largest buffer on a GPU, which holds all gradients. */
function largestBuffer(sizes: WriteSizes): number {
  return sumOf(writeOp.inputs(sizes).map(sizeOf));
}

/** `write` on a GPU: a dispatch forward, one back. */
export const writeOnGpu: GpuOp<WriteSizes> = { forward, backward, largest: largestBuffer };
