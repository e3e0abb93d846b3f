import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 22 and browsers have it without a flag

export type Kind = 'simd' | 'relaxed';
/** Numbers of a tensor, nested or flat. */
export type Nested = number | readonly Nested[];

/** A module on a memory of its own, with a stack of tensors in it. */
export interface Assembled {
  call(door: string, ...numbers: number[]): number;
  /** Copies numbers in. @returns where they are */
  floats(numbers: Nested): number;
  integers(numbers: readonly number[]): number;
  /** Space for so many floats, full of NaN. */
  space(count: number): number;
  /** Copies numbers out. */
  read(pointer: number, count: number): Float32Array;
  /** Forgets everything copied in. */
  clear(): void;
}

export function flat(numbers: Nested): number[] {
  return typeof numbers === 'number' ? [numbers] : numbers.flatMap(flat);
}

/** Assembles `entry` (relative to this package's folder) and puts it on a memory of its own. */
export async function assembled(entry: string, kind: Kind): Promise<Assembled> {
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 16384 });
  const { exports } = await WebAssembly.instantiate(await compiled(entry, kind), { env: { memory } });
  let top = 1024;
  const take = (bytes: number): number => {
    const pointer = top;
    top = (top + bytes + 63) & ~63;
    const missing = Math.ceil((top - memory.buffer.byteLength) / 65536);
    if (missing > 0) memory.grow(missing);
    return pointer;
  };
  return {
    call(door, ...numbers) {
      const run = exports[door];
      if (typeof run !== 'function') throw new Error(`no door ${door} in ${entry}`);
      return Number(run(...numbers) ?? 0);
    },
    floats(numbers) {
      const values = flat(numbers);
      const pointer = take(4 * values.length);
      new Float32Array(memory.buffer, pointer, values.length).set(values);
      return pointer;
    },
    integers(numbers) {
      const pointer = take(4 * numbers.length);
      new Int32Array(memory.buffer, pointer, numbers.length).set(numbers);
      return pointer;
    },
    space(count) {
      const pointer = take(4 * count);
      new Float32Array(memory.buffer, pointer, count).fill(Number.NaN);
      return pointer;
    },
    read: (pointer, count) => new Float32Array(memory.buffer, pointer, count).slice(),
    clear() {
      top = 1024;
    },
  };
}

async function compiled(entry: string, kind: Kind): Promise<WebAssembly.Module> {
  let binary = new Uint8Array();
  const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--disableWarning', '112'];
  const features = ['--enable', 'simd', ...(kind === 'relaxed' ? ['--enable', 'relaxed-simd'] : [])];
  const { error, stderr } = await asc.main([entry, ...flags, ...features, '--outFile', 'kernels.wasm'], {
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = Uint8Array.from(contents);
    },
  });
  if (error) throw new Error(`${entry}: ${error.message}\n${stderr.toString()}`);
  return WebAssembly.compile(binary);
}
