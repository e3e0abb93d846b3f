import {
  declareKernel,
  type GpuBody,
  lanesCode,
  needed,
  registerGpuKernel,
  runKernel,
} from '@tapehead/core/kernels';
import { type Rank, reshape, type Scalar, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import manifest from '../package.json' with { type: 'json' };
import { costCode } from '../wgsl/cost.js';

/** Logits, targets and mask to the cost, `[1]`, and its slope in the logits. */
const costKernel = /* @__PURE__ */ declareKernel({
  ...{ name: 'Cost', version: manifest.version, numbers: ['unit'] },
  takes: ([{ shape } = { shape: [] }]) => [
    { name: 'logits', shape },
    { name: 'target', shape },
    { name: 'mask', shape: shape.slice(0, 2) },
  ],
  gives: ([{ shape } = { shape: [] }]) => [
    { name: 'value', shape: [1] },
    { name: 'slope', shape },
  ],
});

const costOnGpu: GpuBody<{ readonly unit: number }> = (call, inputs, { unit }) => {
  const { shape } = needed(inputs[0]);
  const [batch = 0, steps = 0, width = 0] = shape;
  const [logits, targets, mask] = inputs.map(call.input);
  call.run({
    key: 'tasks cost',
    reads: { logits, targets, mask },
    writes: { value: call.output([1]), slope: call.output(shape) },
    integers: { rows: batch * steps, width },
    floats: { unit },
    lanes: 256,
    groups: 1,
    code: () => `${lanesCode(256, false)}${costCode}`,
  });
};

/** `costInBits` times `scale`, and its slope in the logits, in one dispatch on the webgpu backend. Call it in a tidy. */
export function gpuCost(
  logits: Tensor,
  target: Tensor,
  mask: Tensor,
  scale: number,
): { value: Scalar; slope: Tensor3D } {
  registerGpuKernel(costKernel, costOnGpu);
  const [batch = 1, steps = 0, width = 0] = logits.shape;
  const unit = scale / (Math.LN2 * batch);
  const [value, slope] = runKernel(costKernel, [logits, target, mask], { unit });
  if (value === undefined || slope === undefined) throw new Error('the kernel has two outputs');
  return { value: reshape<Rank.R0>(value, []), slope: reshape<Rank.R3>(slope, [batch, steps, width]) };
}
