import { TapeheadError } from '@tapehead/check';
import { withSharedMemory } from './sharedMemory.js';

/** The same kernels twice, in base64: with SIMD, and with relaxed SIMD, whose fused multiply-add is faster. */
export interface KernelModules {
  readonly simd: string;
  readonly relaxed: string;
}

/** A module, and the same for a shared memory where the page can have one. */
export interface Compiled {
  readonly own: WebAssembly.Module;
  readonly shared: WebAssembly.Module | undefined;
}

/** Compiles the faster module that this engine takes: it validates a module with what it does not know as false. */
export async function compileBest({ simd, relaxed }: KernelModules): Promise<Compiled> {
  const best = bytesOf(relaxed);
  const bytes = WebAssembly.validate(best) ? best : bytesOf(simd);
  const shared = isIsolated() ? await WebAssembly.compile(withSharedMemory(bytes)) : undefined;
  return { own: await WebAssembly.compile(bytes), shared };
}

/** Takes the module that links to a memory. */
export function moduleFor({ own, shared }: Compiled, memory: WebAssembly.Memory): WebAssembly.Module {
  if (typeof SharedArrayBuffer === 'undefined' || !(memory.buffer instanceof SharedArrayBuffer)) return own;
  if (shared !== undefined) return shared;
  throw new TapeheadError(
    'backend',
    'the tfjs backend wasm runs with threads in a page that is not cross-origin isolated: set the tfjs flag ' +
      'WASM_HAS_MULTITHREAD_SUPPORT to false before setBackend, or take useBackend of @tapehead/backend',
  );
}

/** Whether this is a cross-origin isolated page or worker: tfjs then runs with threads. */
function isIsolated(): boolean {
  return Reflect.get(globalThis, 'crossOriginIsolated') === true;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
