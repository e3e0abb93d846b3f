import { obstacleToWebAssembly, TapeheadError } from '@tapehead/check';
import {
  engine,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { cpuHeap } from './cpuHeap.js';
import type { Heap } from './heap.js';
import { inTurn } from './inputs.js';
import { type Compiled, compileBest, type KernelModules, moduleFor } from './module.js';
import { wasmHeap } from './wasmHeap.js';

/** An assembled module in a memory where it reaches the tensors of a backend. */
export interface Program<Doors> {
  readonly heap: Heap;
  readonly doors: Doors;
}

/** What a tfjs kernel does: inputs are numbered from 0. */
export type KernelBody<Doors> = (
  program: Program<Doors>,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, unknown>>,
) => TensorInfo[];

const heaps = { wasm: wasmHeap, cpu: cpuHeap } as const;

/**
 * Registers kernels of one assembled module, by name, on the wasm and cpu backends, unless they are there.
 * @param hasDoors whether the module exports what the bodies call
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD or the page's policy forbids WebAssembly
 */
export async function registerKernels<Doors extends object>(
  modules: KernelModules,
  hasDoors: (exports: object) => exports is Doors,
  bodies: Readonly<Record<string, KernelBody<Doors>>>,
): Promise<void> {
  const compiled = await compileBest(modules).catch(async (cause: unknown) => {
    const obstacle = (await obstacleToWebAssembly()) ?? 'this engine has no WebAssembly SIMD';
    throw new TapeheadError('backend', `fused kernels: ${obstacle}`, { cause });
  });
  for (const backendName of ['wasm', 'cpu'] as const) {
    const programOf = programsOn(heaps[backendName], compiled, hasDoors);
    for (const [kernelName, body] of Object.entries(bodies)) {
      if (getKernel(kernelName, backendName)) continue;
      registerKernel({
        kernelName,
        backendName,
        kernelFunc: ({ inputs, attrs, backend }) => body(programOf(backend), inTurn(inputs), attrs ?? {}),
      });
    }
  }
}

/** One instance of the module for each instance of a backend, made when it is first needed. */
function programsOn<Doors extends object>(
  heapOf: (backend: object) => Heap,
  compiled: Compiled,
  hasDoors: (exports: object) => exports is Doors,
): (backend: object) => Program<Doors> {
  const programs = new WeakMap<object, Program<Doors>>();
  return (backend) => {
    const known = programs.get(backend);
    if (known) return known;
    const heap = heapOf(backend);
    const { exports } = new WebAssembly.Instance(moduleFor(compiled, heap.memory), {
      env: { memory: heap.memory },
    });
    if (!hasDoors(exports)) throw new Error('the assembled module lacks a function');
    const made = { heap, doors: exports };
    programs.set(backend, made);
    return made;
  };
}

/** Runs a registered kernel. @returns its outputs */
export function runKernel(name: string, tensors: readonly Tensor[], attributes: NamedAttrMap): Tensor[] {
  const inputs: NamedTensorMap = {};
  for (const [i, tensor] of tensors.entries()) inputs[i] = tensor;
  const outputs: Tensor | Tensor[] = engine().runKernel(name, inputs, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** Whether an object has functions of these names. */
export function hasFunctions(exports: object, names: readonly string[]): boolean {
  return names.every((name) => typeof Reflect.get(exports, name) === 'function');
}

/** The tensor that a kernel cannot do without. */
export function needed<T>(given: T | undefined): T {
  if (given === undefined) throw new Error('a kernel lacks an input');
  return given;
}
