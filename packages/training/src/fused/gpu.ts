import { type GpuBody, lanesCode, needed, pack, sizeOf, sumOf, unpack } from '@tapehead/core/kernels';
import { gravesCode, measuresCode } from '../../wgsl/gravesRmsProp.js';
import { GROUP, type guardedKernel, type measuresKernel } from './kernels.js';

/** The objective and the gradients to [objective, ‖g‖], and the gradients one behind the other. */
export const measuresOnGpu: GpuBody<ReturnType<typeof measuresKernel.settingsOf>> = (
  call,
  [objective, ...gradients],
) => {
  const measures = call.output([2]);
  const count = sumOf(gradients.map(sizeOf));
  const all = call.output([count]);
  pack(call, gradients, all);
  const lanes = Math.min(256, call.limits.maxComputeInvocationsPerWorkgroup);
  call.run({
    key: 'training measures',
    reads: { objective: call.input(needed(objective)), gradients: all },
    writes: { measures },
    integers: { count },
    lanes,
    groups: 1,
    code: () => `${lanesCode(lanes, false)}${measuresCode}`,
  });
};

/** Measures, gradients, n, ḡ and Δ one behind the other, and the parameters: to the new parameters. */
export const guardedOnGpu: GpuBody<ReturnType<typeof guardedKernel.settingsOf>> = (
  call,
  given,
  { byNorm, ...floats },
) => {
  const [measures, gradients] = given.slice(0, 2).map(call.input);
  const [n, gBar, delta] = given.slice(2, GROUP).map(call.inPlace);
  const tensors = given.slice(GROUP);
  const count = sumOf(tensors.map(sizeOf));
  const parameters = call.room(count);
  pack(call, tensors, parameters);
  call.run({
    key: 'training graves',
    reads: { measures, gradients },
    writes: { parameters, n, gBar, delta },
    integers: { count, byNorm },
    floats,
    lanes: 128,
    groups: Math.ceil(count / 128),
    code: () => gravesCode,
  });
  unpack(call, parameters, tensors);
};
