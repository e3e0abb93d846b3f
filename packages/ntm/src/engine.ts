import { gpuLimits, obstacleTo } from '@tapehead/core/kernels';
import { kernelNames } from './fused/kernels.js';
import { obstacleOnDevice } from './fused/plan.js';
import { sizesOf } from './fused/sizes.js';
import type { NtmConfig } from './options.js';

/** What a sequence is for, of which a GPU must hold every step. */
export interface Extent {
  readonly batch: number;
  readonly time: number;
}

/** Why a GPU cannot hold what the sequences of an NTM keep. */
export function obstacleOnGpu(config: NtmConfig, { batch, time }: Extent): string | undefined {
  const limits = gpuLimits();
  return limits && obstacleOnDevice(sizesOf(config, batch, time, 'given'), limits);
}

/** Why a net has no kernels on the backend of this moment. */
export function obstacleToNtm({ controller }: NtmConfig): string | undefined {
  if (controller === 'own') return 'kernels know the controllers of the paper, not your own; use reference';
  return obstacleTo(kernelNames.forward, '@tapehead/ntm/fused', 'webgpu, wasm and cpu');
}
