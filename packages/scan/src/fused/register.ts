import {
  type CpuKernel,
  type KernelCall,
  type Places,
  type Pointer,
  registerCpuKernel,
} from '@tapehead/core/kernels';
import { modules } from '../generated/kernels.js';
import { useCompiler } from '../run/compiled.js';
import { planNumbered } from '../run/plans.js';
import { backwardKernel, forwardKernel, type ScanSettings } from '../run/ports.js';
import { ALIGNMENT, aligned, type PlannedProgram, programOf } from '../run/programs.js';

const programs = new WeakSet<object>();

/**
 * Registers the kernels of `scan` on the wasm and cpu backends: from then on steps are compiled there. Once is enough; it
 * may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  await registerCpuKernel(forwardKernel, modules, forward);
  await registerCpuKernel(backwardKernel, modules, backward);
  useCompiler(['wasm', 'cpu'], (graph, wanted) => {
    const program = programOf(graph, wanted, modules);
    programs.add(program);
    return program;
  });
}

function programNumbered(number: number): PlannedProgram {
  const planned = planNumbered(number);
  if (isProgram(planned)) return planned;
  throw new Error(`plan ${number} is for another backend`);
}

const isProgram = (planned: object): planned is PlannedProgram => programs.has(planned);

/** In bytes. */
const LINE = 4 * ALIGNMENT;
const upTo = (multiple: number, pointer: Pointer): Pointer => multiple * Math.ceil(pointer / multiple);

/** Where pieces stand that are kept, or that are not, one behind the other. */
function placed(
  names: Map<string, Pointer>,
  program: PlannedProgram,
  settings: ScanSettings,
  isKept: boolean,
  start: Pointer,
): void {
  // What is kept moves between the passes: the tape of tfjs copies it on wasm, to any multiple of 8 bytes.
  let at = isKept ? start : upTo(LINE, start);
  for (const piece of program.pieces(settings)) {
    if (piece.isKept !== isKept) continue;
    for (const [name, offset] of piece.names) names.set(name, at + 4 * offset);
    at += 4 * aligned(piece.floats);
  }
}

function roomOf(_functions: unknown, settings: ScanSettings): number {
  const program = programNumbered(settings.plan);
  const isKept = settings.keep || settings.toX;
  const floats = program
    .pieces(settings)
    .reduce((sum, piece) => (piece.isKept && isKept ? sum : sum + aligned(piece.floats)), 2 * ALIGNMENT);
  return 4 * floats;
}

function run(
  program: PlannedProgram,
  name: string,
  settings: ScanSettings,
  names: Map<string, Pointer>,
  call: KernelCall,
) {
  names.set('T', settings.time);
  names.set('B', settings.batch);
  const table = call.integers(program.program.table.map((each) => names.get(each) ?? 0));
  program.instanceIn(call.memory)(name, table);
}

/** Names lists of tensors, in turn. */
function nameAll(
  names: Map<string, Pointer>,
  pointers: readonly Pointer[],
  ...lists: (readonly [name: string, leaves: readonly number[]])[]
): Pointer | undefined {
  let at = 0;
  for (const [name, leaves] of lists)
    for (const leaf of leaves) names.set(`${name} ${leaf}`, pointers[at++] ?? 0);
  return pointers[at];
}

const leavesOf = (list: readonly unknown[]): number[] => [...list.keys()];
const leavesWith = (list: readonly unknown[]): number[] =>
  leavesOf(list).filter((leaf) => list[leaf] !== undefined);

const forward: CpuKernel<ScanSettings> = {
  room: roomOf,
  run(_functions, settings, { inputs, outputs, room, call }: Places) {
    const program = programNumbered(settings.plan);
    const { graph } = program;
    const names = new Map<string, Pointer>();
    nameAll(
      names,
      inputs,
      ['x', leavesOf(graph.x)],
      ['state', leavesOf(graph.state)],
      ['captured', leavesOf(graph.captured)],
    );
    const kept = nameAll(
      names,
      outputs,
      ['output', leavesOf(graph.outputs)],
      ['final', leavesOf(graph.state)],
    );
    placed(names, program, settings, false, room);
    if (kept !== undefined) placed(names, program, settings, true, kept);
    else if (program.pieces(settings).some(({ isKept }) => isKept))
      throw new Error('this plan keeps something');
    const shared = names.get('shared') ?? 0;
    for (const { at, data } of program.constants) {
      new Float32Array(call.memory.buffer, shared + 4 * at, data.length).set(data);
    }
    run(program, 'forward', settings, names, call);
  },
};

const backward: CpuKernel<ScanSettings> = {
  room: roomOf,
  run(_functions, settings, { inputs, outputs, room, call }: Places) {
    const program = programNumbered(settings.plan);
    const { graph } = program;
    const names = new Map<string, Pointer>();
    const [kept = 0, ...slopes] = inputs;
    nameAll(names, slopes, ['outputSlope', leavesOf(graph.outputs)], ['stateSlope', leavesOf(graph.state)]);
    nameAll(
      names,
      outputs,
      ['xSlope', settings.toX ? leavesWith(graph.slopes.x) : []],
      ['newStateSlope', leavesWith(graph.slopes.state)],
      ['capturedSlope', leavesWith(graph.slopes.captured)],
    );
    placed(names, program, settings, true, kept);
    placed(names, program, settings, false, room);
    run(program, settings.toX ? 'backToX' : 'back', settings, names, call);
  },
};
