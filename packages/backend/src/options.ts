import { checkInteger, checkOptions } from '@tapehead/core';
import type { BackendOptions } from './types.js';
import { checkWasmPaths } from './wasmPaths.js';

/** @throws TapeheadError `argument` or `range`, naming the option */
export function checkBackendOptions(options: BackendOptions): void {
  checkOptions('useBackend', options, ['batch', 'wasmPaths']);
  const { batch, wasmPaths } = options;
  if (batch !== undefined) checkInteger('batch', batch);
  if (wasmPaths !== undefined) checkWasmPaths(wasmPaths);
}
