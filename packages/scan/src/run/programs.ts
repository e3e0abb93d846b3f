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
  /** Where everything stands for these sizes. */
  places(size: { readonly batch: number; readonly time: number }): Places;
  /** The module in a memory: one for each memory. */
  instanceIn(memory: WebAssembly.Memory): Instance;
}

/** What is kept and what only a call needs, in floats, and where names point to in one or the other, in bytes. */
export interface Places {
  readonly keptFloats: number;
  readonly roomFloats: number;
  /** By the entries of the program's table. */
  readonly entries: readonly Entry[];
}

/** A size, or where something stands: in what is kept, in the room of the call, or in a tensor of that name. */
export type Entry =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'kept' | 'room'; readonly offset: number }
  | { readonly kind: 'tensor'; readonly name: string };

/** Runs a function of the program; `table` is where its numbers stand. */
export type Instance = (name: string, table: number) => void;

/** Plans a graph and writes its program on top of the kernels. */
export function programOf(graph: Graph, wanted: Wanted, modules: KernelModules): PlannedProgram {
  const { bytes, relaxed } = bytesOfModule(modules);
  const plan = planOf(graph, wanted);
  const program = writeProgram(plan, bytes, relaxed);
  const instances = new WeakMap<WebAssembly.Memory, Instance>();
  const known = new Map<string, Places>();
  const places = (size: { readonly batch: number; readonly time: number }): Places => {
    const key = `${size.batch} ${size.time}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= 64) known.clear();
    const made = placesOf(piecesOf(plan, program, size), program.table, size);
    known.set(key, made);
    return made;
  };
  return {
    graph,
    plan,
    program,
    constants: constantsOf(plan),
    places,
    keptFloats: (size) => places(size).keptFloats,
    instanceIn(memory) {
      const known = instances.get(memory);
      if (known !== undefined) return known;
      const made = instantiate(program.bytes, memory);
      instances.set(memory, made);
      return made;
    },
  };
}

function placesOf(
  pieces: readonly Piece[],
  table: readonly string[],
  { batch, time }: { readonly batch: number; readonly time: number },
): Places {
  const entries = new Map<string, Entry>([
    ['B', { kind: 'number', value: batch }],
    ['T', { kind: 'number', value: time }],
  ]);
  const floats = { kept: 0, room: 0 };
  for (const piece of pieces) {
    const kind = piece.isKept ? 'kept' : 'room';
    for (const [name, offset] of piece.names)
      entries.set(name, { kind, offset: 4 * (floats[kind] + offset) });
    floats[kind] += aligned(piece.floats);
  }
  return {
    keptFloats: floats.kept + ALIGNMENT,
    roomFloats: floats.room + ALIGNMENT,
    entries: table.map((name) => entries.get(name) ?? { kind: 'tensor', name }),
  };
}

/** In floats: pieces begin at multiples of 64 bytes, a line of the cache. */
export const ALIGNMENT = 16;

/** A count of floats, rounded up to the next line. */
const aligned = (floats: number): number => ALIGNMENT * Math.ceil(floats / ALIGNMENT);

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
