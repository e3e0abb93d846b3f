import { lanesFor, mostFloats, type WorkgroupLimits } from '@tapehead/core/kernels';
import { backwardShared, forwardShared } from '../../wgsl/arrays.js';
import { type Layout, layoutOf, type Net, workspaceFloats } from '../../wgsl/layout.js';
import type { NtmSettings } from './op.js';

/** The net's part of the sizes, its layout, and what a workgroup has. */
export function planOf(settings: NtmSettings, device: GPUSupportedLimits): Plan {
  const { batch, time, finalState: _, apart: __, inputGradient: ___, ...net } = settings;
  const layout = layoutOf(net);
  const limits = {
    lanes: lanesFor(Math.max(net.memorySize, layout.gates), device),
    storage: device.maxComputeWorkgroupStorageSize,
  };
  return { net, layout, limits, integers: { B: batch, T: time } };
}

export interface Plan {
  readonly net: Net;
  readonly layout: Layout;
  readonly limits: WorkgroupLimits;
  readonly integers: { readonly B: number; readonly T: number };
}

/** The floats of the workspace of a call. */
export function workspaceOf(settings: NtmSettings, device: GPUSupportedLimits): number {
  const { layout, limits, integers } = planOf(settings, device);
  const scratch = Math.max(forwardShared(layout, limits).scratch, backwardShared(layout, limits).scratch);
  return workspaceFloats(layout, integers.B, integers.T, scratch);
}

/** Rounded up to a power of two, because tfjs keeps buffers for tensors of their very size, and lengths vary. */
export function roomFor(floats: number, limits: GPUSupportedLimits): number {
  return Math.min(2 ** Math.ceil(Math.log2(floats)), mostFloats(limits));
}
