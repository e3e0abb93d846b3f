import {
  type GpuBody,
  type GpuProgram,
  lanesCode,
  needed,
  pack,
  registerGpuKernels,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { gravesCode, measuresCode } from '../../wgsl/gravesRmsProp.js';
import { kernelNames } from './kernels.js';

/** Registers the kernels of the webgpu backend, where nothing is read between the gradients and the update. */
export function registerGpu(): void {
  registerGpuKernels({ [kernelNames.measures]: measures, [kernelNames.guarded]: guarded });
}

const measuresProgram = (lanes: number): GpuProgram => ({
  key: 'training measures',
  reads: ['objective', 'gradients'],
  writes: ['measures'],
  uniforms: { count: 'u32' },
  lanes,
  code: () => `${lanesCode(lanes, false)}${measuresCode}`,
});

const gravesProgram: GpuProgram = {
  key: 'training graves',
  reads: ['measures', 'gradients'],
  writes: ['parameters', 'n', 'gBar', 'delta'],
  uniforms: {
    count: 'u32',
    byNorm: 'u32',
    limit: 'f32',
    rate: 'f32',
    decay: 'f32',
    momentum: 'f32',
    epsilon: 'f32',
  },
  lanes: 128,
  code: () => gravesCode,
};

/** The objective and the gradients to [objective, ‖g‖], and the gradients one behind the other. */
const measures: GpuBody = (call, [objective, ...gradients]) => {
  const result = call.output([2]);
  const count = sumOf(gradients.map(countOf));
  const all = call.output([count]);
  pack(call, gradients, all);
  const lanes = Math.min(256, call.limits.maxComputeInvocationsPerWorkgroup);
  call.dispatch(measuresProgram(lanes), [call.input(needed(objective)), all, result], { count }, 1);
};

/** Measures, gradients, n, ḡ and Δ one behind the other, and the parameters: to the new parameters. */
const guarded: GpuBody = (call, [measured, gradients, n, gBar, delta, ...parameters], attributes) => {
  const counts = parameters.map(countOf);
  const count = sumOf(counts);
  const all = call.room(count);
  pack(call, parameters, all);
  const read = [measured, gradients].map((each) => call.input(needed(each)));
  const changed = [n, gBar, delta].map((each) => call.inPlace(needed(each)));
  const settings = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, Number(value)]),
  );
  call.dispatch(
    gravesProgram,
    [...read, all, ...changed],
    { ...settings, count },
    Math.ceil(count / gravesProgram.lanes),
  );
  unpack(
    call,
    all,
    parameters.map(({ shape }) => shape),
  );
};

const countOf = ({ shape }: TensorInfo): number => shape.reduce((product, each) => product * each, 1);
