import {
  type GpuBody,
  type GpuProgram,
  lanesFor,
  needed,
  pack,
  registerGpuKernels,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { addressHeadsBackwardCode, addressHeadsCode } from '../../wgsl/kernels.js';
import {
  type AddressSizes,
  addressSizes,
  inputShapes,
  inputSizes,
  kernelNames,
  sizesAmong,
  workspaceFloats,
} from './kernels.js';

/** Registers the kernels of `address` on the webgpu backend: a dispatch forward, one back. */
export function registerGpu(): void {
  registerGpuKernels(
    { [kernelNames.forward]: forward, [kernelNames.backward]: backward },
    { [kernelNames.forward]: (inputs) => workspaceFloats(addressSizes(inputs)) },
  );
}

function programOf(
  name: string,
  { heads, memorySize, memoryDim, taps }: AddressSizes,
  device: GPUSupportedLimits,
  { reads, writes }: Pick<GpuProgram, 'reads' | 'writes'>,
  code: typeof addressHeadsCode,
): GpuProgram {
  const lanes = lanesFor(memorySize, device);
  const storage = device.maxComputeWorkgroupStorageSize;
  return {
    key: `addressing ${name} ${heads},${memorySize},${memoryDim},${taps}`,
    reads,
    writes,
    uniforms: { B: 'u32' },
    lanes,
    code: () => code({ heads, memorySize, memoryDim, taps }, { lanes, storage }),
  };
}

const forward: GpuBody = (call, inputs, attributes) => {
  const sizes = sizesAmong(attributes);
  const { batch: B, heads: H, memorySize: N } = sizes;
  const behindInputs = B * sumOf(Object.values(inputSizes(sizes)));
  const weights = call.output([B, H, N]);
  const workspace = call.output([workspaceFloats(sizes)]);
  pack(call, inputs, workspace);
  const program = programOf(
    'forward',
    sizes,
    call.limits,
    { reads: [], writes: ['workspace'] },
    addressHeadsCode,
  );
  call.dispatch(program, [workspace], { B }, B);
  call.copy({ buffer: workspace, first: behindInputs, count: B * H * N }, weights, 0);
};

const backward: GpuBody = (call, [workspace, dWeights], attributes) => {
  const sizes = sizesAmong(attributes);
  const shapes = inputShapes(sizes);
  const gradients = call.room(sizes.batch * sumOf(Object.values(inputSizes(sizes))));
  const program = programOf(
    'backward',
    sizes,
    call.limits,
    { reads: ['dWeights'], writes: ['workspace', 'gradients'] },
    addressHeadsBackwardCode,
  );
  const buffers = [call.input(needed(dWeights)), call.inPlace(needed(workspace)), gradients];
  call.dispatch(program, buffers, { B: sizes.batch }, sizes.batch);
  unpack(call, gradients, shapes);
};
