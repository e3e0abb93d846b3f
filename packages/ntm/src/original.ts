import { TapeheadError, textOf } from '@tapehead/core';
import { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { isRecord } from './given.js';

/** Options of heads of `Edifice.Memory.NTM`, which make weights of their own. */
const ofLayers = ['memorySize', 'memoryDim', 'name'];

/**
 * Refuses the calls of a head that `@tapehead/ntm/layers` takes: with symbolic tensors, or without weights.
 * @throws TapeheadError `argument` that says what to call
 */
export function checkNotLayer(where: string, controllerOut: unknown, options: unknown): void {
  const call = `call ${where} of @tapehead/ntm/layers`;
  if (controllerOut instanceof SymbolicTensor) {
    throw new TapeheadError(
      'argument',
      `controllerOut: expected a tensor of numbers, got a symbolic tensor; for those ${call}`,
    );
  }
  const other = isRecord(options) ? ofLayers.find((name) => name in options) : undefined;
  if (options !== undefined && other === undefined) return;
  const got = other === undefined ? textOf(options) : `the option '${other}'`;
  throw new TapeheadError(
    'argument',
    `${where}: expected options with kernel and bias, got ${got}; for a head with weights of its own ${call}`,
  );
}
