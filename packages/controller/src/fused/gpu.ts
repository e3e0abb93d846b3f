import {
  type GpuBody,
  type GpuProgram,
  needed,
  pack,
  registerGpuKernels,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { util } from '@tensorflow/tfjs-core';
import {
  cellPlace,
  gatesBackwardCode,
  lstmStepCode,
  productsBackwardCode,
  productsLanes,
} from '../../wgsl/kernels.js';
import { inputShapes, keptSizes, kernelNames, largestBuffer, type StepSizes, stepSizes } from './kernels.js';

/** Registers the kernels of `lstmStep` on the webgpu backend: a dispatch forward, two back. */
export function registerGpu(): void {
  registerGpuKernels(
    { [kernelNames.forward]: forward, [kernelNames.backward]: backward },
    { [kernelNames.forward]: (inputs) => largestBuffer(stepSizes(inputs)) },
  );
}

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

const forward: GpuBody = (call, inputs) => {
  const [x, h, c, ...weights] = inputs.map(needed);
  const sizes = stepSizes(inputs);
  const { B, U } = sizes;
  const [hidden, cell] = [call.output([B, U]), call.output([B, U])];
  const kept = call.output([B * sumOf(Object.values(keptSizes(sizes)))]);
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

const backward: GpuBody = (call, [kernel, recurrentKernel, kept, dHidden, dCell]) => {
  const [I = 0] = needed(kernel).shape;
  const [B = 0, U = 0] = needed(dHidden).shape;
  const sizes = { B, I, U };
  const shapes = inputShapes(sizes);
  const [weight, recurrent, known, dH, dC] = [kernel, recurrentKernel, kept, dHidden, dCell].map((each) =>
    call.input(needed(each)),
  );
  const dGates = call.room(4 * B * U);
  const gradients = call.room(sumOf(shapes.map(util.sizeFromShape)));
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
  unpack(call, gradients, shapes);
};
