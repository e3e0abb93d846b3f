import { type BackendName, useBackend } from '@tapehead/backend';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { backend as current } from '@tensorflow/tfjs-core';

const wasmPaths = {
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  // tfjs wants to know, and does not ask for it where threads are off.
  'tfjs-backend-wasm-threaded-simd.wasm': simd,
};

/** Resolves with the browser's reason should it take the GPU away. */
export interface Gpu {
  readonly lost: Promise<string>;
}

/** Starts a backend with every kernel that there is for it. */
export async function startBackend(name: BackendName): Promise<Gpu> {
  await useBackend(name, { wasmPaths: urls() });
  await Promise.all([registerSequence(), registerOptimizer()]).catch(() => {
    // An engine without SIMD goes on by the equations.
  });
  return { lost: lossOf(current()) };
}

/** tfjs asks for URLs that stand by themselves; those of the bundle may be relative to this script. */
function urls(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(wasmPaths).map(([file, url]) => [file, new URL(url, import.meta.url).href]),
  );
}

async function lossOf(backend: unknown): Promise<string> {
  if (!hasDevice(backend)) return new Promise(() => {});
  const { message, reason } = await backend.device.lost;
  return message || reason;
}

interface Lendable {
  readonly device: { readonly lost: Promise<{ message: string; reason: string }> };
}

function hasDevice(backend: unknown): backend is Lendable {
  return typeof backend === 'object' && backend !== null && 'device' in backend;
}

/** The backends that this browser has. */
export async function availableBackends(): Promise<BackendName[]> {
  const gpu = gpuOf(navigator);
  const adapter = await gpu?.requestAdapter().catch(() => null);
  const has = { wasm: typeof WebAssembly === 'object', webgpu: adapter != null, cpu: true };
  return (['wasm', 'webgpu', 'cpu'] as const).filter((name) => has[name]);
}

function gpuOf(navigator: object): { requestAdapter(): Promise<object | null> } | undefined {
  return 'gpu' in navigator ? (navigator.gpu as { requestAdapter(): Promise<object | null> }) : undefined;
}
