import { type Engine, TapeheadError } from '@tapehead/core';
import { chooseEngine, type Op, obstacleToWork, type Settings } from '@tapehead/core/kernels';
import { getBackend, engine as tfjs } from '@tensorflow/tfjs-core';

/**
 * The engine for a sequence of these sizes.
 * @param missing why there are no kernels, if there are none
 * @throws TapeheadError `backend` where `fused` is asked for and there is none, `range` where it has no memory for the sizes
 */
export function engineForWork<S extends Settings & { readonly batch: number }>(
  engine: Engine,
  op: Op<S>,
  missing: string | undefined,
  settings: S,
): 'fused' | 'reference' {
  if (missing !== undefined || engine === 'reference') return chooseEngine(engine, missing);
  const tooLarge = obstacleToWork(op, settings) ?? obstacleToTape(op, settings);
  if (engine === 'fused' && tooLarge !== undefined) throw new TapeheadError('range', `sequence: ${tooLarge}`);
  return chooseEngine(engine, undefined, tooLarge);
}

/** The tape of tfjs copies what a kernel keeps for the way back, on the wasm backend: as much again. */
function obstacleToTape<S extends Settings & { readonly batch: number }>(
  op: Op<S>,
  settings: S,
): string | undefined {
  if (getBackend() !== 'wasm' || !tfjs().isTapeOn()) return undefined;
  if (obstacleToWork(op, { ...settings, batch: 2 * settings.batch }) === undefined) return undefined;
  return (
    `${op.about(settings)}: the tape of tfjs copies the workspace, and the backend 'wasm' has no memory for both; ` +
    'take shorter sequences or a smaller batch, or use differentiate'
  );
}
