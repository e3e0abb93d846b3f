import {
  type CpuKernel,
  type KernelCall,
  type Places,
  type Pointer,
  registerCpuKernel,
} from '@tapehead/core/kernels';
import { engine } from '@tensorflow/tfjs-core';
import { modules } from '../generated/kernels.js';
import { compilerBy } from '../run/compile.js';
import { useCompiler } from '../run/compiled.js';
import { planNumbered } from '../run/plans.js';
import { backwardKernel, forwardKernel, type ScanSettings } from '../run/ports.js';
import { ALIGNMENT, type PlannedProgram, programOf } from '../run/programs.js';

const programs = new WeakSet<object>();

/**
 * Registers the kernels of `scan` on the webgpu, wasm and cpu backends: from then on steps are compiled there. Once is
 * enough; it may come before or after a backend is chosen. The part for webgpu is a file of its own. It is loaded if the
 * webgpu backend of tfjs is imported, or no backend at all yet.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  if (mayRunOnGpu()) {
    const { registerOnGpu } = await import('../gpu.js');
    registerOnGpu();
  }
  await registerCpuKernel(forwardKernel, modules, forward);
  await registerCpuKernel(backwardKernel, modules, backward);
  const compiler = compilerBy((graph, wanted) => {
    const program = programOf(graph, wanted, modules);
    programs.add(program);
    return program;
  });
  useCompiler(['wasm', 'cpu'], compiler);
}

function mayRunOnGpu(): boolean {
  const backends = Object.keys(engine().registryFactory);
  return backends.length === 0 || backends.includes('webgpu');
}

function programNumbered(number: number): PlannedProgram {
  const planned = planNumbered(number);
  if (isProgram(planned)) return planned;
  throw new Error(`plan ${number} is for another backend`);
}

const isProgram = (planned: object): planned is PlannedProgram => programs.has(planned);

/** In bytes: where nothing else is said, room begins at a line of the cache. */
const LINE = 4 * ALIGNMENT;
/** What is kept moves between the passes on cpu, from one multiple of 16 bytes to another; on wasm it stays. */
const VECTOR = 16;
const upTo = (multiple: number, pointer: Pointer): Pointer => multiple * Math.ceil(pointer / multiple);

interface At {
  readonly settings: ScanSettings;
  readonly kept: Pointer;
  readonly room: Pointer;
  readonly tensors: ReadonlyMap<string, Pointer>;
  readonly call: KernelCall;
}

function run(program: PlannedProgram, name: string, { settings, kept, room, tensors, call }: At): void {
  const bases = { kept: upTo(VECTOR, kept), room: upTo(LINE, room) };
  const table = call.integers(
    program.places(settings).entries.map((entry) => {
      if (entry.kind === 'number') return entry.value;
      return entry.kind === 'tensor' ? (tensors.get(entry.name) ?? 0) : bases[entry.kind] + entry.offset;
    }),
  );
  program.instanceIn(call.memory)(name, table);
}

/** Names lists of tensors, in turn. */
function named(
  pointers: readonly Pointer[],
  ...lists: (readonly [name: string, leaves: readonly number[]])[]
): Map<string, Pointer> {
  const names = new Map<string, Pointer>();
  let at = 0;
  for (const [name, leaves] of lists)
    for (const leaf of leaves) names.set(`${name} ${leaf}`, pointers[at++] ?? 0);
  return names;
}

const leavesOf = (list: readonly unknown[]): number[] => [...list.keys()];
const leavesWith = (list: readonly unknown[]): number[] =>
  leavesOf(list).filter((leaf) => list[leaf] !== undefined);

const room = (_functions: unknown, settings: ScanSettings): number =>
  4 * programNumbered(settings.plan).places(settings).roomFloats;

const forward: CpuKernel<ScanSettings> = {
  room,
  run(_functions, settings, { inputs, outputs, room: roomAt, call }: Places) {
    const program = programNumbered(settings.plan);
    const { graph } = program;
    const leaves = [...leavesOf(graph.x), ...leavesOf(graph.state), ...leavesOf(graph.captured)];
    const tensors = named(
      [...inputs.slice(0, leaves.length), ...outputs],
      ['x', leavesOf(graph.x)],
      ['state', leavesOf(graph.state)],
      ['captured', leavesOf(graph.captured)],
      ['output', leavesOf(graph.outputs)],
      ['final', leavesOf(graph.state)],
    );
    const kept = outputs[graph.outputs.length + graph.state.length] ?? 0;
    const at = { settings, kept, room: roomAt, tensors, call };
    const shared = program.places(settings).entries[program.program.table.indexOf('shared')];
    const start = shared?.kind === 'kept' ? upTo(VECTOR, kept) : upTo(LINE, roomAt);
    const offset = shared !== undefined && 'offset' in shared ? shared.offset : 0;
    for (const { at: place, data } of program.constants) {
      new Float32Array(call.memory.buffer, start + offset + 4 * place, data.length).set(data);
    }
    run(program, 'forward', at);
  },
};

const backward: CpuKernel<ScanSettings> = {
  room,
  run(_functions, settings, { inputs, outputs, room: roomAt, call }: Places) {
    const program = programNumbered(settings.plan);
    const { graph } = program;
    const [kept = 0, ...slopes] = inputs;
    const tensors = named(
      [...slopes, ...outputs],
      ['outputSlope', leavesOf(graph.outputs)],
      ['stateSlope', leavesOf(graph.state)],
      ['xSlope', settings.toX ? leavesWith(graph.slopes.x) : []],
      ['newStateSlope', leavesWith(graph.slopes.state)],
      ['capturedSlope', leavesWith(graph.slopes.captured)],
    );
    run(program, settings.toX ? 'backToX' : 'back', { settings, kept, room: roomAt, tensors, call });
  },
};
