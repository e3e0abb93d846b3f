import {
  type GpuBody,
  type GpuOp,
  type GpuProgram,
  needed,
  pack,
  sizeOf,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import {
  cellPlace,
  gatesBackwardCode,
  lstmStepCode,
  productsBackwardCode,
  productsLanes,
} from '../../wgsl/kernels.js';
import { keptFloats, largestBuffer } from './gpuSizes.js';
import { lstmOp, type StepSizes } from './op.js';

const LANES = 64;

function programOf(
  name: string,
  { I, U }: StepSizes,
  { reads, writes }: Pick<GpuProgram, 'reads' | 'writes'>,
  code: (sizes: Omit<StepSizes, 'B'>) => string,
): GpuProgram {
  const key = `controller ${name} ${I},${U}`;
  return { key, reads, writes, uniforms: { B: 'u32' }, lanes: LANES, code: () => code({ I, U }) };
}

const forward: GpuBody<StepSizes> = (call, inputs, sizes) => {
  const [x, h, c, ...weights] = inputs.map(needed);
  const { B, U } = sizes;
  const [hidden, cell] = [call.output([B, U]), call.output([B, U])];
  const kept = call.output([keptFloats(sizes)]);
  pack(call, [needed(x), needed(h), needed(c)], kept);
  const step = programOf(
    'step',
    sizes,
    { reads: ['kernel', 'recurrentKernel', 'bias'], writes: ['kept', 'hidden'] },
    lstmStepCode,
  );
  call.dispatch(step, [...weights.map(call.input), kept, hidden], { B }, Math.ceil((B * U) / LANES));
  call.copy({ buffer: kept, first: cellPlace(sizes), count: B * U }, cell, 0);
};

const backward: GpuBody<StepSizes> = (call, [kernel, recurrentKernel, kept, dHidden, dCell], sizes) => {
  const { B, U } = sizes;
  const ports = lstmOp.inputs(sizes);
  const [weight, recurrent, known, dH, dC] = [kernel, recurrentKernel, kept, dHidden, dCell].map((each) =>
    call.input(needed(each)),
  );
  const dGates = call.room(4 * B * U);
  const gradients = call.room(sumOf(ports.map(sizeOf)));
  const gates = programOf(
    'gates backward',
    sizes,
    { reads: ['kept', 'dNextHidden', 'dNextCell'], writes: ['dGates', 'gradients'] },
    gatesBackwardCode,
  );
  const products = programOf(
    'products backward',
    sizes,
    { reads: ['kept', 'dGates', 'kernel', 'recurrentKernel'], writes: ['gradients'] },
    productsBackwardCode,
  );
  call.dispatch(gates, [known, dH, dC, dGates, gradients].map(needed), { B }, Math.ceil((B * U) / LANES));
  call.dispatch(
    products,
    [known, dGates, weight, recurrent, gradients].map(needed),
    { B },
    Math.ceil(productsLanes(sizes) / LANES),
  );
  unpack(call, gradients, ports);
};

/** `lstmStep` on a GPU: a dispatch forward, two back. */
export const lstmOnGpu: GpuOp<StepSizes> = {
  forward,
  backward,
  workspaces: (sizes) => [keptFloats(sizes)],
  largest: largestBuffer,
};
