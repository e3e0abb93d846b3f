import { setFlagsFromString } from 'node:v8';
import { modules } from '../generated/kernels.js';
import type { Type } from './code.js';
import { createFunction, type FunctionBuilder } from './function.js';
import { openModule } from './link.js';

setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 22 and browsers have it without a flag

export const bases = {
  simd: Uint8Array.from(Buffer.from(modules.simd, 'hex')),
  relaxed: Uint8Array.from(Buffer.from(modules.relaxed, 'hex')),
};

export type Base = keyof typeof bases;
export const kinds: readonly Base[] = ['simd', 'relaxed'];

/** The base with one more function, `run`, instantiated in a memory of 64 KiB. */
export function instantiate(base: Base, write: (module: ReturnType<typeof openModule>) => void) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = openModule(bases[base]);
  write(module);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { env: { memory } });
  return {
    floats: new Float32Array(memory.buffer),
    integers: new Int32Array(memory.buffer),
    /** Calls an exported function. */
    call(name: string, ...args: number[]): number {
      const found = exports[name];
      if (typeof found !== 'function') throw new Error(`no function ${name}`);
      return found(...args);
    },
  };
}

/** A module with one function `run`. */
export function compiled(
  params: readonly Type[],
  results: readonly Type[],
  write: (fn: FunctionBuilder) => void,
  base: Base = 'relaxed',
) {
  const fn = createFunction(params, results);
  write(fn);
  return instantiate(base, (module) => module.add(fn, 'run'));
}
