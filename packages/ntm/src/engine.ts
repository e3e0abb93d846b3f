import { checkOneOf, TapeheadError } from '@tapehead/check';
import { getBackend, getKernel } from '@tensorflow/tfjs-core';
import { kernelNames } from './fused/kernels.js';
import type { NtmConfig } from './options.js';

/** What whole sequences run on: see `engine` of NtmOptions. */
export type Engine = 'auto' | 'fused' | 'reference';

/** @throws TapeheadError `argument` unless it is an engine */
export function checkEngine(engine: Engine): void {
  checkOneOf('engine', engine, ['auto', 'fused', 'reference']);
}

/**
 * What an engine comes to on the tfjs backend of this moment.
 * @param obstacle why there are no kernels, where there are none
 * @throws TapeheadError `backend` where `fused` is asked for and there is none
 */
export function chooseEngine(engine: Engine, obstacle: string | undefined): 'fused' | 'reference' {
  if (engine === 'reference') return 'reference';
  if (obstacle === undefined) return 'fused';
  if (engine === 'auto') return 'reference';
  throw new TapeheadError('backend', `engine: 'fused' is not there: ${obstacle}`);
}

/** Why a net has no kernels on the backend of this moment. */
export function obstacleToNtm({ controller }: NtmConfig): string | undefined {
  if (controller === 'own') return 'kernels know the controllers of the paper, not your own; use reference';
  return obstacleTo(kernelNames.forward);
}

/** Why a kernel is not there on the backend of this moment. */
export function obstacleTo(kernelName: string): string | undefined {
  const backend = getBackend();
  if (getKernel(kernelName, backend)) return undefined;
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    'on wasm and cpu, await registerFused() of @tapehead/ntm/fused first'
  );
}
