import {
  type GpuBody,
  type GpuProgram,
  lanesCode,
  needed,
  pack,
  type Settings,
  sizeOf,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { gravesCode, measuresCode } from '../../wgsl/gravesRmsProp.js';
import { GROUP, type GuardedSettings } from './kernels.js';

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
export const measuresOnGpu: GpuBody<Settings> = (call, [objective, ...gradients]) => {
  const result = call.output([2]);
  const count = sumOf(gradients.map(sizeOf));
  const all = call.output([count]);
  pack(call, gradients, all);
  const lanes = Math.min(256, call.limits.maxComputeInvocationsPerWorkgroup);
  call.dispatch(measuresProgram(lanes), [call.input(needed(objective)), all, result], { count }, 1);
};

/** Measures, gradients, n, ḡ and Δ one behind the other, and the parameters: to the new parameters. */
export const guardedOnGpu: GpuBody<GuardedSettings> = (call, given, settings) => {
  const [measured, gradients, n, gBar, delta] = given;
  const parameters = given.slice(GROUP);
  const count = sumOf(parameters.map(sizeOf));
  const all = call.room(count);
  pack(call, parameters, all);
  const read = [measured, gradients].map((each) => call.input(needed(each)));
  const changed = [n, gBar, delta].map((each) => call.inPlace(needed(each)));
  call.dispatch(
    gravesProgram,
    [...read, all, ...changed],
    { ...settings, count },
    Math.ceil(count / gravesProgram.lanes),
  );
  unpack(call, all, parameters);
};
