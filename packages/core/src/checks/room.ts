import { engine, getBackend, memory } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';

/** tfjs's wasm backend never has more: 4 GiB, less a page. */
const WASM_BYTES = 2 ** 32 - 65_536;
/** A typed array of float32 of this many bytes is the largest that all engines make. */
const ARRAY_BYTES = 2 ** 32;

/**
 * Refuses work that the current backend has no memory for, before any of it is allocated.
 *
 * @param what the work and its sizes, such as `repeatMemory of 1000000 sequences`
 * @param bytes what it allocates in all; compute it in floating point, where it cannot wrap
 * @param remedy what to do
 * @throws TapeheadError `range` that names both sizes
 */
export function checkRoom(what: string, bytes: number, remedy: string): void {
  const obstacle = obstacleToRoom(what, bytes, remedy);
  if (obstacle !== undefined) throw new TapeheadError('range', obstacle);
}

/** Why the current backend has no memory for this work, if it has none; see {@link checkRoom}. */
export function obstacleToRoom(what: string, bytes: number, remedy: string): string | undefined {
  const room = roomLeft();
  if (bytes <= room) return undefined;
  return (
    `${what}: needs ${megabytes(bytes)} MB, and the backend '${getBackend()}' has at most ${megabytes(room)} MB left; ` +
    remedy
  );
}

/** The bytes that the current backend can still allocate at the very most. */
export function roomLeft(): number {
  switch (getBackend()) {
    case 'wasm':
      return Math.max(0, WASM_BYTES - memory().numBytes);
    case 'webgpu': {
      const { backend } = engine();
      return 'device' in backend ? largestBuffer(backend.device) : ARRAY_BYTES;
    }
    default:
      return ARRAY_BYTES;
  }
}

function largestBuffer(device: unknown): number {
  if (typeof device !== 'object' || device === null || !('limits' in device)) return ARRAY_BYTES;
  const { limits } = device;
  return limits instanceof GPUSupportedLimits
    ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
    : ARRAY_BYTES;
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
