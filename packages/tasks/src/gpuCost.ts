import {
  type GpuBody,
  type GpuProgram,
  lanesCode,
  needed,
  registerGpuKernels,
  runKernel,
} from '@tapehead/core/kernels';
import { type Rank, reshape, type Scalar, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import { costCode } from '../wgsl/cost.js';

const kernelName = 'TapeheadCost';
const lanes = 256;

const program: GpuProgram = {
  key: 'tasks cost',
  reads: ['logits', 'targets', 'mask'],
  writes: ['value', 'slope'],
  uniforms: { rows: 'u32', width: 'u32', unit: 'f32' },
  lanes,
  code: () => `${lanesCode(lanes, false)}${costCode}`,
};

const cost: GpuBody = (call, inputs, { unit }) => {
  const { shape } = needed(inputs[0]);
  const [batch = 0, steps = 0, width = 0] = shape;
  const outputs = [call.output([1]), call.output(shape)];
  const buffers = [...inputs.map((each) => call.input(each)), ...outputs];
  call.dispatch(program, buffers, { rows: batch * steps, width, unit: Number(unit) }, 1);
};

/** `costInBits` times `scale`, and its slope in the logits, in one dispatch on the webgpu backend. Call it in a tidy. */
export function gpuCost(
  logits: Tensor,
  target: Tensor,
  mask: Tensor,
  scale: number,
): { value: Scalar; slope: Tensor3D } {
  registerGpuKernels({ [kernelName]: cost });
  const [batch = 1, steps = 0, width = 0] = logits.shape;
  const unit = scale / (Math.LN2 * batch);
  const [value, slope] = runKernel(kernelName, [logits, target, mask], { unit });
  if (value === undefined || slope === undefined) throw new Error('the kernel has two outputs');
  return { value: reshape<Rank.R0>(value, []), slope: reshape<Rank.R3>(slope, [batch, steps, width]) };
}
