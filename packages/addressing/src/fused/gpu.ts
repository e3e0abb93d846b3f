import {
  type GpuBody,
  type GpuCall,
  type GpuOp,
  lanesFor,
  needed,
  pack,
  sumOf,
  unpack,
} from '@tapehead/core/kernels';
import { addressHeadsBackwardCode, addressHeadsCode } from '../../wgsl/kernels.js';
import { type AddressSizes, inputSizes, workspaceFloats } from '../../wgsl/sizes.js';
import { addressOp } from './op.js';

/** A workgroup for each sequence. */
function workOf(
  name: string,
  { B, H, N, M, S }: AddressSizes,
  { limits }: GpuCall,
  code: typeof addressHeadsCode,
) {
  const lanes = lanesFor(N, limits);
  const storage = limits.maxComputeWorkgroupStorageSize;
  return {
    key: `addressing ${name} ${H},${N},${M},${S}`,
    integers: { B },
    groups: B,
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
  call.run({ ...workOf('forward', sizes, call, addressHeadsCode), writes: { workspace } });
  call.copy({ buffer: workspace, first: behindInputs, count: B * H * N }, weights, 0);
};

const backward: GpuBody<AddressSizes> = (call, [kept, slope], sizes) => {
  const gradients = call.room(sizes.B * sumOf(Object.values(inputSizes(sizes))));
  const [dWeights, workspace] = [call.input(needed(slope)), call.inPlace(needed(kept))];
  const work = workOf('backward', sizes, call, addressHeadsBackwardCode);
  call.run({ ...work, reads: { dWeights }, writes: { workspace, gradients } });
  unpack(call, gradients, addressOp.inputs(sizes));
};

/** `address` on a GPU: a dispatch forward, one back. */
export const addressOnGpu: GpuOp<AddressSizes> = {
  forward,
  backward,
  workspaces: (sizes) => [workspaceFloats(sizes)],
  largest: workspaceFloats,
};
