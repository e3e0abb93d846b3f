import { TapeheadError } from '@tapehead/check';
import { gpuLimits } from '@tapehead/kernels';
import { backend_util, getBackend } from '@tensorflow/tfjs-core';
import { hasKernels } from './fused/kernels.js';
import { obstacleOnDevice } from './fused/plan.js';
import { sizesOf } from './fused/sizes.js';
import type { NtmConfig } from './options.js';

/** What whole sequences run on: see `engine` of NtmOptions. */
export type Engine = 'auto' | 'fused' | 'reference';

/** What a sequence is for, of which a GPU must hold every step. */
export interface Extent {
  readonly batch: number;
  readonly time: number;
}

/**
 * What an engine comes to on the tfjs backend of this moment, for sequences of an extent if one is given. Where the
 * kernels are there and `auto` goes without because the extent is too large for a GPU, it says so.
 * @throws TapeheadError `backend` where `fused` is asked for and there is none
 */
export function chooseEngine(engine: Engine, config: NtmConfig, extent?: Extent): 'fused' | 'reference' {
  if (engine === 'reference') return 'reference';
  const missing = obstacleToFused(config);
  const obstacle = missing ?? (extent && obstacleOnGpu(config, extent));
  if (obstacle === undefined) return 'fused';
  if (engine === 'fused') throw new TapeheadError('backend', `engine: 'fused' is not there: ${obstacle}`);
  if (missing === undefined) backend_util.warn(`tapehead: the slower reference engine, because ${obstacle}`);
  return 'reference';
}

function obstacleOnGpu(config: NtmConfig, { batch, time }: Extent): string | undefined {
  const limits = gpuLimits();
  return limits && obstacleOnDevice(sizesOf(config, batch, time, 'given'), limits);
}

function obstacleToFused({ controller }: NtmConfig): string | undefined {
  if (controller === 'own') return 'kernels know the controllers of the paper, not your own; use reference';
  const backend = getBackend();
  if (hasKernels(backend)) return undefined;
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    'on webgpu, wasm and cpu, await registerFused() of @tapehead/ntm/fused first'
  );
}
