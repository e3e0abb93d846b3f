import { TapeheadError } from '@tapehead/check';
import { getBackend } from '@tensorflow/tfjs-core';
import { hasKernels } from './fused/kernels.js';
import type { NtmConfig } from './options.js';

/** What whole sequences run on: see `engine` of NtmOptions. */
export type Engine = 'auto' | 'fused' | 'reference';

/**
 * What an engine comes to on the tfjs backend of this moment.
 * @throws TapeheadError `backend` where `fused` is asked for and there is none
 */
export function chooseEngine(engine: Engine, config: NtmConfig): 'fused' | 'reference' {
  if (engine === 'reference') return 'reference';
  const obstacle = obstacleToFused(config);
  if (obstacle === undefined) return 'fused';
  if (engine === 'auto') return 'reference';
  throw new TapeheadError('backend', `engine: 'fused' is not there: ${obstacle}`);
}

function obstacleToFused({ controller }: NtmConfig): string | undefined {
  if (controller === 'own') return 'kernels know the controllers of the paper, not your own; use reference';
  const backend = getBackend();
  if (hasKernels(backend)) return undefined;
  return (
    `no kernels are registered on the tfjs backend '${backend}'; ` +
    'on wasm and cpu, await registerFused() of @tapehead/ntm/fused first'
  );
}
