import { checkInteger, TapeheadError } from '@tapehead/check';
import type { BackendOptions } from './types.js';
import { checkWasmPaths } from './wasmPaths.js';

/** @throws TapeheadError `argument` or `range`, naming the option */
export function checkBackendOptions(options: BackendOptions): void {
  checkOptions('useBackend', options, ['batch', 'wasmPaths']);
  const { batch, wasmPaths } = options;
  if (batch !== undefined) checkInteger('batch', batch);
  if (wasmPaths !== undefined) checkWasmPaths(wasmPaths);
}

function checkOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TapeheadError('argument', `${where}: expected an object of options, got ${String(options)}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const list = known.map((name) => `'${name}'`).join(', ');
  throw new TapeheadError('argument', `${where}: unknown option '${unknown}'; expected one of ${list}`);
}
