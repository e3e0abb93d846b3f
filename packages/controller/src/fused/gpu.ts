import { type GpuBody, type GpuOp, pack, sizeOf, sumOf, unpack } from '@tapehead/core/kernels';
import {
  cellPlace,
  gatesBackwardCode,
  keptSizes,
  lstmStepCode,
  productsBackwardCode,
  productsLanes,
} from '../../wgsl/kernels.js';
import { lstmOp, type StepSizes } from './op.js';

const LANES = 64;

/** A lane for each of `count` results. */
function workOf(name: string, { B, I, U }: StepSizes, count: number, code: typeof lstmStepCode) {
  return {
    key: `controller ${name} ${I},${U}`,
    integers: { B },
    groups: Math.ceil(count / LANES),
    lanes: LANES,
    code: () => code({ I, U }),
  };
}

const forward: GpuBody<StepSizes> = (call, inputs, sizes) => {
  const { B, U } = sizes;
  const [kernel, recurrentKernel, bias] = inputs.slice(3).map(call.input);
  const [hidden, cell] = [call.output([B, U]), call.output([B, U])];
  const kept = call.output([keptFloats(sizes)]);
  pack(call, inputs.slice(0, 3), kept);
  const work = workOf('step', sizes, B * U, lstmStepCode);
  call.run({ ...work, reads: { kernel, recurrentKernel, bias }, writes: { kept, hidden } });
  call.copy({ buffer: kept, first: cellPlace(sizes), count: B * U }, cell, 0);
};

const backward: GpuBody<StepSizes> = (call, inputs, sizes) => {
  const { B, U } = sizes;
  const [kernel, recurrentKernel, kept, dNextHidden, dNextCell] = inputs.map(call.input);
  const dGates = call.room(4 * B * U);
  const gradients = call.room(sumOf(lstmOp.inputs(sizes).map(sizeOf)));
  call.run({
    ...workOf('gates backward', sizes, B * U, gatesBackwardCode),
    reads: { kept, dNextHidden, dNextCell },
    writes: { dGates, gradients },
  });
  call.run({
    ...workOf('products backward', sizes, productsLanes(sizes), productsBackwardCode),
    reads: { kept, dGates, kernel, recurrentKernel },
    writes: { gradients },
  });
  unpack(call, gradients, lstmOp.inputs(sizes));
};

/** The floats that are kept of a batch. */
function keptFloats(sizes: StepSizes): number {
  return sizes.B * sumOf(Object.values(keptSizes(sizes)));
}

/** The floats of the largest buffer on a GPU: of what is kept, or of the gradients. */
function largestBuffer(sizes: StepSizes): number {
  return Math.max(keptFloats(sizes), sumOf(lstmOp.inputs(sizes).map(sizeOf)));
}

/** `lstmStep` on a GPU: a dispatch forward, two back. */
export const lstmOnGpu: GpuOp<StepSizes> = {
  forward,
  backward,
  workspaces: (sizes) => [keptFloats(sizes)],
  largest: largestBuffer,
};
