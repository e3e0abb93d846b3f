import { checkOneOf, TapeheadError } from '@tapehead/check';
import { gpuLimits } from '@tapehead/kernels';
import { backend_util, getBackend, getKernel } from '@tensorflow/tfjs-core';
import { kernelNames } from './fused/kernels.js';
import { obstacleOnDevice } from './fused/plan.js';
import { sizesOf } from './fused/sizes.js';
import type { NtmConfig } from './options.js';

/** What whole sequences run on: see `engine` of NtmOptions. */
export type Engine = 'auto' | 'fused' | 'reference';

/** @throws TapeheadError `argument` unless it is an engine */
export function checkEngine(engine: Engine): void {
  checkOneOf('engine', engine, ['auto', 'fused', 'reference']);
}

/** What a sequence is for, of which a GPU must hold every step. */
export interface Extent {
  readonly batch: number;
  readonly time: number;
}

/**
 * What an engine comes to on the tfjs backend of this moment. Where the kernels are there and `auto` goes without because
 * a sequence is too large for a GPU, it says so.
 * @param missing why there are no kernels, where there are none
 * @param tooLarge why they cannot take this sequence, where they cannot
 * @throws TapeheadError `backend` where `fused` is asked for and there is none
 */
export function chooseEngine(
  engine: Engine,
  missing: string | undefined,
  tooLarge?: string,
): 'fused' | 'reference' {
  if (engine === 'reference') return 'reference';
  const obstacle = missing ?? tooLarge;
  if (obstacle === undefined) return 'fused';
  if (engine === 'fused') throw new TapeheadError('backend', `engine: 'fused' is not there: ${obstacle}`);
  if (missing === undefined) backend_util.warn(`tapehead: the slower reference engine, because ${obstacle}`);
  return 'reference';
}

/** Why a GPU cannot hold what the sequences of an NTM keep. */
export function obstacleOnGpu(config: NtmConfig, { batch, time }: Extent): string | undefined {
  const limits = gpuLimits();
  return limits && obstacleOnDevice(sizesOf(config, batch, time, 'given'), limits);
}

/** Why a net has no kernels on the backend of this moment. */
export function obstacleToNtm({ controller }: NtmConfig): string | undefined {
  if (controller === 'own') return 'kernels know the controllers of the paper, not your own; use reference';
  return obstacleTo(kernelNames.forward, 'webgpu, wasm and cpu');
}

/**
 * Why a kernel is not there on the backend of this moment.
 * @param backends those for which there is one
 */
export function obstacleTo(kernelName: string, backends: string): string | undefined {
  const backend = getBackend();
  if (getKernel(kernelName, backend)) return undefined;
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    `on ${backends}, await registerFused() of @tapehead/ntm/fused first`
  );
}
