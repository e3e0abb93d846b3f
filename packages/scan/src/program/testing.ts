import { countOf, type Graph, type Operand } from '../graph/graph.js';
import type { Given, Results } from '../graph/oracle.js';
import { planOf } from '../plan/plan.js';
import { writeProgram } from './program.js';
import { constantsOf, piecesOf } from './sizes.js';

/** A memory in which things have names. */
function createMemory() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const pointers = new Map<string, number>();
  let top = 1024;
  /** Room for a number of floats, which are NaN. */
  const room = (floats: number): number => {
    const at = top;
    top = Math.ceil((top + 4 * floats) / 16) * 16 + 64;
    const missing = top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    new Float32Array(memory.buffer, at, floats).fill(Number.NaN);
    return at;
  };
  const at = (name: string): number => {
    const pointer = pointers.get(name);
    if (pointer === undefined) throw new Error(`no ${name}`);
    return pointer;
  };
  return {
    memory,
    pointers,
    room,
    at,
    /** Numbers in a new place of that name. */
    put(name: string, data: ArrayLike<number>): void {
      const place = room(data.length + 8);
      new Float32Array(memory.buffer, place, data.length).set(data);
      pointers.set(name, place);
    },
    take: (name: string, count: number): Float64Array =>
      Float64Array.from(new Float32Array(memory.buffer, at(name), count)),
  };
}

type Memory = ReturnType<typeof createMemory>;

interface Size {
  readonly batch: number;
  readonly time: number;
}

interface Way {
  readonly base: Uint8Array;
  readonly relaxed: boolean;
  readonly way: 'forward' | 'back' | 'backToX';
  readonly smallestWeight?: number;
}

/** Runs a graph as a program, in a memory of its own, without tfjs. For tests. */
export function runAsProgram(
  graph: Graph,
  given: Given,
  size: Size,
  { base, relaxed, way, smallestWeight }: Way,
): Results & { readonly bytes: number } {
  const plan = planOf(graph, way === 'forward' ? 'forward' : 'back', smallestWeight);
  const program = writeProgram(plan, base, relaxed);
  const memory = createMemory();
  const table = memory.room(program.table.length + 4);
  for (const { floats, names } of piecesOf(plan, program, size)) {
    const at = memory.room(floats);
    for (const [name, offset] of names) memory.pointers.set(name, at + 4 * offset);
  }
  putTensors(memory, graph, given, size);
  const { buffer } = memory.memory;
  for (const { at, data } of constantsOf(plan))
    new Float32Array(buffer, memory.at('shared') + 4 * at, data.length).set(data);
  const { batch, time } = size;
  memory.pointers.set('B', batch).set('T', time);
  new Int32Array(buffer, table, program.table.length).set(program.table.map(memory.at));

  const module = new WebAssembly.Module(program.bytes);
  const { exports } = new WebAssembly.Instance(module, { env: { memory: memory.memory } });
  const run = (name: string): void => {
    const found = exports[name];
    if (typeof found !== 'function') throw new Error(`no function ${name}`);
    found(table);
  };
  run('forward');
  const results = resultsOf(memory, graph, size);
  if (way !== 'forward') run(way);
  return { ...results, slopes: slopesOf(memory, graph, size, way), bytes: program.bytes.length };
}

const sizeOf = ({ values }: Graph, id: number | undefined): number =>
  id === undefined ? 0 : countOf(values[id]?.shape ?? []);

/** What a program is given, and room for what it gives. */
function putTensors({ put }: Memory, graph: Graph, given: Given, { batch, time }: Size): void {
  const steps = batch * time;
  const zeros = (count: number): Float64Array => new Float64Array(count);
  for (const name of ['x', 'state', 'captured'] as const)
    for (const [i, data] of given[name].entries()) put(`${name} ${i}`, data);
  for (const [i, { shape }] of graph.outputs.entries()) {
    put(`output ${i}`, zeros(steps * countOf(shape)));
    put(`outputSlope ${i}`, given.outputSlopes?.[i] ?? zeros(steps * countOf(shape)));
  }
  for (const [i, id] of graph.state.entries()) {
    const count = batch * sizeOf(graph, id);
    put(`final ${i}`, zeros(count));
    put(`stateSlope ${i}`, given.stateSlopes?.[i] ?? zeros(count));
    put(`newStateSlope ${i}`, zeros(count));
  }
  for (const [i, id] of graph.x.entries()) put(`xSlope ${i}`, zeros(steps * sizeOf(graph, id)));
  for (const [i, id] of graph.captured.entries()) put(`capturedSlope ${i}`, zeros(sizeOf(graph, id)));
}

function resultsOf(
  { take }: Memory,
  graph: Graph,
  { batch, time }: Size,
): Pick<Results, 'outputs' | 'state'> {
  return {
    outputs: graph.outputs.map(({ shape }, i) => take(`output ${i}`, batch * time * countOf(shape))),
    state: graph.state.map((id, i) => take(`final ${i}`, batch * sizeOf(graph, id))),
  };
}

/** The gradients that a way computes. */
function slopesOf(
  { take }: Memory,
  { slopes }: Graph,
  { batch, time }: Size,
  way: Way['way'],
): Results['slopes'] {
  const of = (all: readonly (Operand | undefined)[], name: string, times: number, isThere: boolean) =>
    all.map((each, i) =>
      each === undefined || !isThere ? undefined : take(`${name} ${i}`, times * countOf(each.shape)),
    );
  return {
    x: of(slopes.x, 'xSlope', batch * time, way === 'backToX'),
    state: of(slopes.state, 'newStateSlope', batch, way !== 'forward'),
    captured: of(slopes.captured, 'capturedSlope', 1, way !== 'forward'),
  };
}
