import {
  type GpuBody,
  type GpuOp,
  type GpuProgram,
  lanesFor,
  needed,
  pack,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { addressHeadsBackwardCode, addressHeadsCode } from '../../wgsl/kernels.js';
import { type AddressSizes, inputSizes, workspaceFloats } from './gpuSizes.js';
import { addressOp } from './op.js';

function programOf(
  name: string,
  { H, N, M, S }: AddressSizes,
  device: GPUSupportedLimits,
  { reads, writes }: Pick<GpuProgram, 'reads' | 'writes'>,
  code: typeof addressHeadsCode,
): GpuProgram {
  const lanes = lanesFor(N, device);
  const storage = device.maxComputeWorkgroupStorageSize;
  return {
    key: `addressing ${name} ${H},${N},${M},${S}`,
    reads,
    writes,
    uniforms: { B: 'u32' },
    lanes,
    code: () => code({ H, N, M, S }, { lanes, storage }),
  };
}

const forward: GpuBody<AddressSizes> = (call, inputs, sizes) => {
  const { B, H, N } = sizes;
  const behindInputs = B * sumOf(Object.values(inputSizes(sizes)));
  const weights = call.output([B, H, N]);
  const workspace = call.output([workspaceFloats(sizes)]);
  pack(call, inputs, workspace);
  const access = { reads: [], writes: ['workspace'] };
  const program = programOf('forward', sizes, call.limits, access, addressHeadsCode);
  call.dispatch(program, [workspace], { B }, B);
  call.copy({ buffer: workspace, first: behindInputs, count: B * H * N }, weights, 0);
};

const backward: GpuBody<AddressSizes> = (call, [workspace, dWeights], sizes) => {
  const { B } = sizes;
  const gradients = call.room(B * sumOf(Object.values(inputSizes(sizes))));
  const access = { reads: ['dWeights'], writes: ['workspace', 'gradients'] };
  const program = programOf('backward', sizes, call.limits, access, addressHeadsBackwardCode);
  const buffers = [call.input(needed(dWeights)), call.inPlace(needed(workspace)), gradients];
  call.dispatch(program, buffers, { B }, B);
  unpack(call, gradients, addressOp.inputs(sizes));
};

/** `address` on a GPU: a dispatch forward, one back. */
export const addressOnGpu: GpuOp<AddressSizes> = {
  forward,
  backward,
  workspaces: (sizes) => [workspaceFloats(sizes)],
  largest: workspaceFloats,
};
