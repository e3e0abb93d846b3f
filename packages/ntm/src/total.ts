import { checkRoom } from '@tapehead/core';
import { getBackend } from '@tensorflow/tfjs-core';

/** What backends other than wasm hold in all: JavaScript cannot ask how much memory the machine has. */
const MACHINE_BYTES = 2 ** 34;

/**
 * Refuses work of several tensors that the current backend has no memory for.
 * @param floats what all of them hold, in floating point, where it cannot wrap
 * @param largest what the largest of them holds
 */
export function checkFloats(what: string, floats: number, largest: number, remedy: string): void {
  const inAll = getBackend() === 'wasm' || 4 * floats > MACHINE_BYTES;
  checkRoom(what, 4 * (inAll ? floats : largest), remedy);
}
