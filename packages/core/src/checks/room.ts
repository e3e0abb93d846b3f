import { engine, getBackend, memory } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';

/** tfjs has pointers above 2 GiB as negative numbers and reads the wrong bytes there; an eighth is left for its own ops. */
const WASM_BYTES = (7 / 8) * 2 ** 31;
/** A float32 array of this many bytes is the largest that all JavaScript engines make. */
const ARRAY_BYTES = 2 ** 32;
/** What other backends hold in all: JavaScript cannot ask how much memory the machine has. */
const MACHINE_BYTES = 4 * ARRAY_BYTES;

/**
 * Refuses work that the current backend has no memory for, before any of it is allocated.
 *
 * @param what the work and its sizes, such as `repeatMemory of 1000000 sequences`; a function where the text is made often
 * @param bytes what it allocates in all; compute it in floating point, where it cannot wrap
 * @param remedy what to do
 * @param largest the bytes of its largest tensor; 0 where its inputs have one as large. Default: all of them
 * @throws TapeheadError `range` that names both sizes
 */
export function checkRoom(
  what: string | (() => string),
  bytes: number,
  remedy: string,
  largest = bytes,
): void {
  const obstacle = obstacleToRoom(what, bytes, remedy, largest);
  if (obstacle !== undefined) throw new TapeheadError('range', obstacle);
}

/** Why the current backend has no memory for this work, if it has none; see {@link checkRoom}. */
export function obstacleToRoom(
  what: string | (() => string),
  bytes: number,
  remedy: string,
  largest = bytes,
): string | undefined {
  const [left, most] = [roomLeft(), largestTensor()];
  const [needed, room] = bytes > left ? [bytes, left] : [largest, most];
  // Not `needed > room`: NaN must not pass.
  if (needed <= room) return undefined;
  return (
    `${typeof what === 'string' ? what : what()}: needs ${megabytes(needed)} MB, and the backend '${getBackend()}' has at most ${megabytes(room)} MB ` +
    `${room === most ? 'for one tensor' : 'left'}; ${remedy}`
  );
}

/** The bytes that the current backend can still allocate at the very most. */
export function roomLeft(): number {
  return Math.max(0, (getBackend() === 'wasm' ? WASM_BYTES : MACHINE_BYTES) - memory().numBytes);
}

/** The bytes of the largest tensor that the current backend can hold. */
function largestTensor(): number {
  const { backend } = engine();
  return getBackend() === 'webgpu' && 'device' in backend ? largestBuffer(backend.device) : ARRAY_BYTES;
}

function largestBuffer(device: unknown): number {
  return isDevice(device)
    ? Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize)
    : ARRAY_BYTES;
}

const isDevice = (device: unknown): device is Pick<GPUDevice, 'limits'> =>
  typeof device === 'object' && device !== null && 'limits' in device;

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6);
