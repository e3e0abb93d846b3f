import type { KernelModules } from '@tapehead/core/kernels';
import { bytesOfModule, withSharedMemory } from '@tapehead/core/kernels';
import type { Graph } from '../graph/graph.js';
import { planOf, type Wanted } from '../plan/plan.js';
import { type Program, writeProgram } from '../program/program.js';
import { constantsOf, type Piece, piecesOf } from '../program/sizes.js';
import type { Planned } from './plans.js';

/** A plan with its program. */
export interface PlannedProgram extends Planned {
  readonly program: Program;
  readonly constants: ReturnType<typeof constantsOf>;
  pieces(size: { readonly batch: number; readonly time: number }): readonly Piece[];
  /** The module in a memory: one for each memory. */
  instanceIn(memory: WebAssembly.Memory): Instance;
}

/** Runs a function of the program; `table` is where its numbers stand. */
export type Instance = (name: string, table: number) => void;

/** Plans a graph and writes its program on top of the kernels. */
export function programOf(graph: Graph, wanted: Wanted, modules: KernelModules): PlannedProgram {
  const { bytes, relaxed } = bytesOfModule(modules);
  const plan = planOf(graph, wanted);
  const program = writeProgram(plan, bytes, relaxed);
  const instances = new WeakMap<WebAssembly.Memory, Instance>();
  const pieces = (size: { readonly batch: number; readonly time: number }) => piecesOf(plan, program, size);
  return {
    graph,
    plan,
    program,
    constants: constantsOf(plan),
    pieces,
    keptFloats: (size) =>
      pieces(size).reduce((sum, { floats, isKept }) => (isKept ? sum + aligned(floats) : sum), ALIGNMENT),
    instanceIn(memory) {
      const known = instances.get(memory);
      if (known !== undefined) return known;
      const made = instantiate(program.bytes, memory);
      instances.set(memory, made);
      return made;
    },
  };
}

/** In floats: pieces begin at multiples of 64 bytes, a line of the cache. */
export const ALIGNMENT = 16;

/** A count of floats, rounded up to the next line. */
export const aligned = (floats: number): number => ALIGNMENT * Math.ceil(floats / ALIGNMENT);

function instantiate(bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Instance {
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const module = new WebAssembly.Module(isShared ? withSharedMemory(bytes) : bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return (name, table) => {
    const found = exports[name];
    if (typeof found !== 'function') throw new Error(`the program has no function ${name}`);
    found(table);
  };
}
