import { TapeheadError } from '../errors.js';
import { obstacleToWebAssembly } from '../webAssembly.js';
import type { Heap } from './heap.js';
import { withSharedMemory } from './sharedMemory.js';

/**
 * The same kernels twice, in hexadecimal digits, which compress better than base64: with SIMD, and with relaxed SIMD, whose
 * fused multiply-add is faster.
 */
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

/** A module, and the same for a shared memory where the page can have one. */
interface Compiled {
  readonly own: WebAssembly.Module;
  readonly shared: WebAssembly.Module | undefined;
}

const compiled = new WeakMap<KernelModules, Promise<Compiled>>();

/**
 * Compiles the faster of the modules that this JavaScript engine takes, once.
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD or the page's policy forbids WebAssembly
 */
export function compile(modules: KernelModules): Promise<Compiled> {
  const known = compiled.get(modules);
  if (known) return known;
  const made = compileBest(modules);
  compiled.set(modules, made);
  made.catch(() => compiled.delete(modules));
  return made;
}

/** `WebAssembly.validate` calls a module with instructions that the engine does not know invalid. */
async function compileBest(modules: KernelModules): Promise<Compiled> {
  try {
    const { bytes } = bytesOfModule(modules);
    const shared = isIsolated() ? await WebAssembly.compile(withSharedMemory(bytes)) : undefined;
    return { own: await WebAssembly.compile(bytes), shared };
  } catch (cause) {
    const obstacle = (await obstacleToWebAssembly()) ?? 'this engine has no WebAssembly SIMD';
    throw new TapeheadError('backend', `fused kernels: ${obstacle}`, { cause });
  }
}

/** A module for this JavaScript engine, as bytes. */
export interface ModuleBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it multiplies and adds in one instruction. */
  readonly relaxed: boolean;
}

const decoded = new WeakMap<KernelModules, ModuleBytes>();

/** The bytes of the faster of the modules that this JavaScript engine takes, for somebody who adds functions to them. */
export function bytesOfModule(modules: KernelModules): ModuleBytes {
  const known = decoded.get(modules);
  if (known !== undefined) return known;
  const best = bytesOf(modules.relaxed);
  const made = WebAssembly.validate(best)
    ? { bytes: best, relaxed: true }
    : { bytes: bytesOf(modules.simd), relaxed: false };
  decoded.set(modules, made);
  return made;
}

function bytesOf(digits: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Whether this is a cross-origin isolated page or worker: tfjs then runs with threads. */
function isIsolated(): boolean {
  return Reflect.get(globalThis, 'crossOriginIsolated') === true;
}

/** The module that links to a memory. */
function moduleFor({ own, shared }: Compiled, { buffer }: WebAssembly.Memory): WebAssembly.Module {
  if (typeof SharedArrayBuffer === 'undefined' || !(buffer instanceof SharedArrayBuffer)) return own;
  if (shared !== undefined) return shared;
  throw new TapeheadError(
    'backend',
    'the tfjs backend wasm runs with threads in a page that is not cross-origin isolated: set the tfjs flag ' +
      'WASM_HAS_MULTITHREAD_SUPPORT to false before setBackend, or use useBackend of @tapehead/backend',
  );
}

/** The bytes of a program's memory above which it is not kept for the next call. */
const KEPT_BYTES = 2 ** 26;

/**
 * An instance of the module for each instance of a backend, made when it is first needed. One whose own memory has grown
 * large is not kept.
 */
export function programsOn(
  compiled: Compiled,
  heapOf: (backend: object) => Heap,
): <T>(backend: object, use: (program: Program) => T) => T {
  const programs = new WeakMap<object, Program>();
  return (backend, use) => {
    const program = programs.get(backend) ?? programOf(compiled, heapOf(backend));
    programs.set(backend, program);
    try {
      return use(program);
    } finally {
      if (program.heap.own && program.heap.memory.buffer.byteLength > KEPT_BYTES) programs.delete(backend);
    }
  };
}

function programOf(compiled: Compiled, heap: Heap): Program {
  const { exports } = new WebAssembly.Instance(moduleFor(compiled, heap.memory), {
    env: { memory: heap.memory },
  });
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
