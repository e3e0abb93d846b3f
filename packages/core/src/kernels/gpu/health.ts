import { engine, getBackend } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../../errors.js';
import { gpuBackend } from './backend.js';

/** What became of the calls that a device was given; every package that brings these lines along shares it. */
interface Health {
  /** Resolves once it is known what became of the last call; those before are known by then. */
  last: Promise<void>;
  /** The first error that nobody has been told of. */
  error?: GPUError | undefined;
  lost?: GPUDeviceLostInfo;
}

const key = Symbol.for('@tapehead/gpu-health');

function healthOf(device: GPUDevice): Health {
  const known: unknown = Reflect.get(device, key);
  if (isHealth(known)) return known;
  const health: Health = { last: Promise.resolve() };
  Reflect.set(device, key, health);
  void device.lost.then((info) => {
    health.lost = info;
  });
  return health;
}

function isHealth(known: unknown): known is Health {
  return typeof known === 'object' && known !== null && 'last' in known;
}

const kinds = ['validation', 'out-of-memory'] as const;

/** Notes what the device will say of the commands of `work`: a GPU tells of errors later, and goes on without. */
export function watched<T>(device: GPUDevice, work: () => T): T {
  const health = healthOf(device);
  for (const kind of kinds) device.pushErrorScope(kind);
  try {
    return work();
  } finally {
    for (const _ of kinds) health.last = note(health, device.popErrorScope());
  }
}

/** A lost device rejects; that it is lost is known by itself. */
async function note(health: Health, outcome: Promise<GPUError | null>): Promise<void> {
  const [error] = await Promise.all([outcome.catch(() => null), health.last]);
  health.error ??= error ?? undefined;
}

/**
 * Resolves once it is known that nothing went wrong on the GPU that tfjs runs on; at once on other backends.
 * @throws TapeheadError `backend` where the device was lost, has no memory left or refused a command
 */
export async function checkGpu(): Promise<void> {
  if (getBackend() !== 'webgpu') return;
  const { device } = gpuBackend(engine().backend);
  const health = healthOf(device);
  await health.last;
  if (health.lost) throw new TapeheadError('backend', lostText(health.lost));
  const { error } = health;
  health.error = undefined;
  if (error) throw new TapeheadError('backend', errorText(error));
}

/** What a failed read comes to: an error of the GPU, if there was one. */
export async function checkGpuAfter(failure: unknown): Promise<never> {
  if (getBackend() === 'webgpu') {
    const { device } = gpuBackend(engine().backend);
    await Promise.race([device.lost, new Promise((resolve) => setTimeout(resolve, 1000))]);
    await checkGpu();
  }
  throw failure;
}

function lostText({ reason, message }: GPUDeviceLostInfo): string {
  const why = [reason, message].filter((each) => each && each !== 'unknown').join(': ');
  return (
    `the GPU was lost${why ? ` (${why})` : ''}, and with it what it held: ` +
    'go on from the last checkpoint, in a new process or page, or on another backend'
  );
}

function errorText(error: GPUError): string {
  return error instanceof GPUOutOfMemoryError
    ? `the GPU has no memory left (${error.message}): take a smaller batch or shorter sequences, or the wasm backend`
    : `the GPU refused a command: ${error.message}`;
}
