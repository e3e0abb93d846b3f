import { TapeheadError } from '../errors.js';
import type { Heap } from './heap.js';

/** The same kernels twice, in base64: with SIMD, and with relaxed SIMD, whose fused multiply-add is faster. */
export interface KernelModules {
  readonly simd: string;
  readonly relaxed: string;
}

/** The functions of an assembled module, by name. Sizes and pointers are numbers. */
export type Functions = Readonly<Record<string, (...numbers: number[]) => number>>;

/** An assembled module in a memory where it reaches the tensors of a backend. */
export interface Program {
  readonly heap: Heap;
  readonly functions: Functions;
}

const compiled = new WeakMap<KernelModules, Promise<WebAssembly.Module>>();

/**
 * Compiles the faster of the modules that this JavaScript engine takes, once.
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export function compile(modules: KernelModules): Promise<WebAssembly.Module> {
  const known = compiled.get(modules);
  if (known) return known;
  const made = compileBest(modules);
  compiled.set(modules, made);
  made.catch(() => compiled.delete(modules));
  return made;
}

async function compileBest({ simd, relaxed }: KernelModules): Promise<WebAssembly.Module> {
  try {
    const best = bytesOf(relaxed);
    return await WebAssembly.compile(WebAssembly.validate(best) ? best : bytesOf(simd));
  } catch (cause) {
    throw new TapeheadError('backend', 'fused kernels: expected an engine with WebAssembly SIMD', { cause });
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

/** The bytes of a program's memory above which it is not kept for the next call. */
const KEPT_BYTES = 2 ** 26;

/**
 * An instance of the module for each instance of a backend, made when it is first needed. One whose own memory has grown
 * large is not kept.
 */
export function programsOn(
  module: WebAssembly.Module,
  heapOf: (backend: object) => Heap,
): <T>(backend: object, use: (program: Program) => T) => T {
  const programs = new WeakMap<object, Program>();
  return (backend, use) => {
    const program = programs.get(backend) ?? programOf(module, heapOf(backend));
    programs.set(backend, program);
    try {
      return use(program);
    } finally {
      if (program.heap.own && program.heap.memory.buffer.byteLength > KEPT_BYTES) programs.delete(backend);
    }
  };
}

function programOf(module: WebAssembly.Module, heap: Heap): Program {
  const { exports } = new WebAssembly.Instance(module, { env: { memory: heap.memory } });
  return { heap, functions: Object.fromEntries(Object.entries(exports).filter(isFunction)) };
}

function isFunction(entry: [string, unknown]): entry is [string, Functions[string]] {
  return typeof entry[1] === 'function';
}

/** The function of that name. */
export function functionOf(functions: Functions, name: string): Functions[string] {
  const found = functions[name];
  if (found === undefined) throw new Error(`the assembled module has no function ${name}`);
  return found;
}
