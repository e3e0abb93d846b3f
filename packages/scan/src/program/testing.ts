import type { Graph } from '../graph/graph.js';
import { countOf } from '../graph/graph.js';
import type { Given, Results } from '../graph/oracle.js';
import { planOf } from '../plan/plan.js';
import { writeProgram } from './program.js';
import { constantsOf, piecesOf } from './sizes.js';

/** Runs a graph as a program, in a memory of its own, without tfjs. For tests. */
export function runAsProgram(
  graph: Graph,
  given: Given,
  size: { batch: number; time: number },
  {
    base,
    relaxed,
    way,
    smallestWeight,
  }: {
    base: Uint8Array;
    relaxed: boolean;
    way: 'forward' | 'back' | 'backToX';
    smallestWeight?: number;
  },
): Results & { readonly bytes: number } {
  const { batch, time } = size;
  const plan = planOf(graph, way === 'forward' ? 'forward' : 'back', smallestWeight);
  const program = writeProgram(plan, base, relaxed);
  const memory = new WebAssembly.Memory({ initial: 1 });
  let top = 1024;
  const room = (floats: number): number => {
    const at = top;
    top = Math.ceil((top + 4 * floats) / 16) * 16 + 64;
    const missing = top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    new Float32Array(memory.buffer, at, floats).fill(Number.NaN);
    return at;
  };
  const pointers = new Map<string, number>([
    ['B', batch],
    ['T', time],
  ]);
  const put = (name: string, data: ArrayLike<number>): void => {
    const at = room(data.length + 8);
    new Float32Array(memory.buffer, at, data.length).set(data);
    pointers.set(name, at);
  };
  const table = room(program.table.length + 4);
  for (const { floats, names } of piecesOf(plan, program, size)) {
    const at = room(floats);
    for (const [name, offset] of names) pointers.set(name, at + 4 * offset);
  }
  const sizeOf = (id: number | undefined): number =>
    id === undefined ? 0 : countOf(graph.values[id]?.shape ?? []);
  for (const [i, data] of given.x.entries()) put(`x ${i}`, data);
  for (const [i, data] of given.state.entries()) put(`state ${i}`, data);
  for (const [i, data] of given.captured.entries()) put(`captured ${i}`, data);
  graph.outputs.forEach(({ shape }, i) => {
    put(`output ${i}`, new Float64Array(batch * time * countOf(shape)));
    put(`outputSlope ${i}`, given.outputSlopes?.[i] ?? new Float64Array(batch * time * countOf(shape)));
  });
  graph.state.forEach((id, i) => {
    put(`final ${i}`, new Float64Array(batch * sizeOf(id)));
    put(`stateSlope ${i}`, given.stateSlopes?.[i] ?? new Float64Array(batch * sizeOf(id)));
    put(`newStateSlope ${i}`, new Float64Array(batch * sizeOf(id)));
  });
  for (const [i, id] of graph.x.entries()) put(`xSlope ${i}`, new Float64Array(batch * time * sizeOf(id)));
  for (const [i, id] of graph.captured.entries()) put(`capturedSlope ${i}`, new Float64Array(sizeOf(id)));
  for (const { at, data } of constantsOf(plan)) {
    new Float32Array(memory.buffer, (pointers.get('shared') ?? 0) + 4 * at, data.length).set(data);
  }
  new Int32Array(memory.buffer, table, program.table.length).set(
    program.table.map((name) => {
      const at = pointers.get(name);
      if (at === undefined) throw new Error(`no ${name}`);
      return at;
    }),
  );
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(program.bytes), { env: { memory } });
  const run = (name: string): void => {
    const found = exports[name];
    if (typeof found !== 'function') throw new Error(`no function ${name}`);
    found(table);
  };
  run('forward');
  const take = (name: string, count: number): Float64Array =>
    Float64Array.from(new Float32Array(memory.buffer, pointers.get(name) ?? 0, count));
  const outputs = graph.outputs.map(({ shape }, i) => take(`output ${i}`, batch * time * countOf(shape)));
  const state = graph.state.map((id, i) => take(`final ${i}`, batch * sizeOf(id)));
  if (way !== 'forward') run(way);
  const { slopes } = graph;
  return {
    outputs,
    state,
    slopes: {
      x: slopes.x.map((each, i) =>
        each === undefined || way !== 'backToX'
          ? undefined
          : take(`xSlope ${i}`, batch * time * countOf(each.shape)),
      ),
      state: slopes.state.map((each, i) =>
        each === undefined || way === 'forward'
          ? undefined
          : take(`newStateSlope ${i}`, batch * countOf(each.shape)),
      ),
      captured: slopes.captured.map((each, i) =>
        each === undefined || way === 'forward' ? undefined : take(`capturedSlope ${i}`, countOf(each.shape)),
      ),
    },
    bytes: program.bytes.length,
  };
}
