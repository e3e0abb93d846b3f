import { registerAgain } from './factories.js';
import type { Candidate } from './types.js';

interface Adapter {
  readonly info?: Readonly<Record<string, unknown>>;
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface Dawn {
  create(options: string[]): Gpu;
  globals: object;
}

/**
 * The GPU: of a browser, or of Node through the npm package `webgpu` (Dawn). tfjs does not notice a missing adapter
 * until it is half set up, so this asks for one first.
 */
export const webgpu: Candidate = {
  merit:
    'a GPU, worth it for large batches, with the kernels of @tapehead/ntm/fused: without, each step is dozens of tiny ones',
  remedy: () =>
    "in Node, install the npm package webgpu and a Vulkan driver; in a browser, use one with WebGPU enabled; or ask for 'wasm'",
  async prepare(_options, asked) {
    const { gpu, release } = await findGpu();
    try {
      const adapter = await gpu.requestAdapter();
      if (adapter === null) throw new Error('WebGPU is there, but no adapter: no usable GPU');
      if (asked === 'auto' && isSoftware(adapter))
        throw new Error('its only adapter is software, slower than wasm');
      await import('@tensorflow/tfjs-backend-webgpu');
      registerAgain('webgpu');
      const merit = `${nameOf(adapter)}, software that plays a GPU: slower than wasm, and there to try things on`;
      return isSoftware(adapter) ? { release, merit } : { release };
    } catch (error) {
      release();
      throw error;
    }
  },
};

async function findGpu(): Promise<{ gpu: Gpu; release(): void }> {
  const own = gpuOf(globalThis.navigator);
  if (own !== undefined) return { gpu: own, release() {} };
  if (typeof process === 'undefined') throw new Error('this browser has no navigator.gpu');
  return installDawn();
}

/** Whether an adapter says that a CPU does its work: SwiftShader, Mesa's llvmpipe, Microsoft's WARP. */
function isSoftware({ info = {} }: Adapter): boolean {
  if (info.isFallbackAdapter === true) return true;
  const names = ['vendor', 'architecture', 'device', 'description'].map((field) => String(info[field] ?? ''));
  return /swiftshader|llvmpipe|lavapipe|basic render|warp/i.test(names.join(' '));
}

function nameOf({ info = {} }: Adapter): string {
  return (
    ['description', 'device', 'architecture'].map((field) => String(info[field] ?? '')).find(Boolean) ??
    'an adapter'
  );
}

function gpuOf(navigator: unknown): Gpu | undefined {
  return (navigator as { gpu?: Gpu } | undefined)?.gpu;
}

/** Puts Dawn where a browser would have it: the WebGPU constants on `globalThis`, and `navigator.gpu`. */
async function installDawn(): Promise<{ gpu: Gpu; release(): void }> {
  // Not a literal, so that no bundler tries to put a native module into a page.
  const name = 'webgpu';
  const dawn: Dawn = await import(/* @vite-ignore */ /* webpackIgnore: true */ name).catch(
    (cause: unknown) => {
      throw new Error('the npm package webgpu cannot be loaded', { cause });
    },
  );
  Object.assign(globalThis, dawn.globals);
  const gpu = dawn.create([]);
  const created = globalThis.navigator === undefined;
  if (created) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return {
    gpu,
    release() {
      Reflect.deleteProperty(globalThis.navigator, 'gpu');
      if (created) Reflect.deleteProperty(globalThis, 'navigator');
    },
  };
}
