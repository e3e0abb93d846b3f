import { lanesFor, u } from '@tapehead/core/kernels';
import type { Plan } from '../plan/plan.js';
import { type PhaseName, phaseNames, type Schedule } from '../plan/schedule.js';
import type { Loop } from '../plan/work.js';
import type { CallSize } from '../run/plans.js';
import type { CodeContext } from './element.js';
import { functionsCode } from './functions.js';
import { levelsCode } from './levelCode.js';
import { loopCode } from './loopCode.js';
import { levelsOf, type Piece, piecesOf, readsOf, rowPieces, writesOf } from './pieces.js';
import { type Place, POOL, poolOf } from './places.js';
import type { Copy, Regions } from './regions.js';
import { sumsProgram } from './sums.js';
import { uniformCells, withUniform } from './uniform.js';

/** One dispatch of a pass. */
export interface ScanProgram {
  readonly label: string;
  /** Tells it from all others. */
  readonly key: string;
  readonly lanes: number;
  readonly code: string;
  groups(size: CallSize): number;
  /** The floats at the end of `room` that each workgroup needs. */
  readonly far: number;
}

/** What a plan is on a GPU. */
export interface GpuScan {
  readonly regions: Regions;
  /**
   * The programs of a part, in the order in which they run, written when they are first asked for. `shared` computes what
   * all sequences share.
   */
  programs(part: Part): readonly ScanProgram[];
}

export type Part = 'shared' | 'forward' | 'back' | 'backToX';

/** The numbers of codes: programs of the same code are the same. */
const numbers = new Map<string, number>();

function keyed(program: Omit<ScanProgram, 'key'>): ScanProgram {
  const { label, lanes, code } = program;
  const number = numbers.get(code) ?? numbers.size;
  numbers.set(code, number);
  return { ...program, key: `scan ${label} ${lanes} ${number}` };
}

/** Writes the programs of a plan for a device. */
export function gpuCode(plan: Plan, regions: Regions, limits: GPUSupportedLimits): GpuScan {
  const writer: Writer = { regions, limits };
  const back = (schedule: Schedule | undefined): ScanProgram[] =>
    schedule === undefined
      ? []
      : [
          ...passPrograms(writer, schedule, 'backward'),
          ...sumsProgram(schedule.sums, regions, limits).map(keyed),
          ...alone(writer, rowPieces(schedule.closing), 'backward', 'closing'),
        ];
  const writers: Record<Part, () => ScanProgram[]> = {
    shared: () => alone(writer, rowPieces(plan.shared), 'forward', 'shared'),
    forward: () => passPrograms(writer, plan.forward, 'forward'),
    back: () => back(plan.backwardAlone),
    backToX: () => back(plan.backward),
  };
  const written = new Map<Part, ScanProgram[]>();
  return {
    regions,
    programs(part) {
      const programs = written.get(part) ?? writers[part]();
      written.set(part, programs);
      return programs;
    },
  };
}

interface Writer {
  readonly regions: Regions;
  readonly limits: GPUSupportedLimits;
}

type Pass = 'forward' | 'backward';

/** All rows at once where steps need nothing of each other; in between a workgroup for each sequence, with all its steps. */
function passPrograms(writer: Writer, schedule: Schedule, pass: Pass): ScanProgram[] {
  const { regions } = writer;
  const phases = withCopies(writer, schedule, pass);
  const { start, end } = regions.copies[pass];
  const [first, last] = ['0u', 'given.T - 1u'];
  const copying = (copies: readonly Copy[], t: string): string => `{
let t = ${t};
${regions.rowBases(pass)}
${copies.map((copy) => loopCode(copyLoop(regions, copy), plain(regions), 0).code).join('\n')}
}`;
  const inRow = (levels: string): string => `if (group >= given.N) { return; }
let b = group / given.T;
let t = group % given.T;
${regions.rowBases(pass)}
${levels}`;
  const inSteps = (levels: string): string => `if (group >= given.B) { return; }
let b = group;
${copying(start, pass === 'forward' ? first : last)}
for (var step = 0u; step < given.T; step++) {
let t = ${pass === 'forward' ? 'step' : 'given.T - 1u - step'};
storageBarrier();
workgroupBarrier();
${regions.rowBases(pass)}
${levels}
}
storageBarrier();
${copying(end, pass === 'forward' ? last : first)}`;
  return phaseNames.flatMap((phase) =>
    phase !== 'steps' && phases[phase].length === 0
      ? []
      : [
          writeProgram(writer, phases[phase], pass, {
            label: `${pass} ${phase}`,
            elsewhere: phaseNames.flatMap((other) => (other === phase ? [] : phases[other])),
            groups: ({ batch, time }) => (phase === 'steps' ? batch : batch * time),
            around: phase === 'steps' ? inSteps : inRow,
          }),
        ],
  );
}

type Phases = Record<PhaseName, Piece[]>;

/** The pieces of the phases, with copies of outputs, and zeros where a step gives no slope. */
function withCopies({ regions }: Writer, schedule: Schedule, pass: Pass): Phases {
  const phases = {
    before: piecesOf(schedule.before),
    steps: piecesOf(schedule.steps),
    after: piecesOf(schedule.after),
  };
  const isIn = (pieces: readonly Piece[], cell = -1): boolean =>
    pieces.some((piece) => writesOf(piece).includes(cell));
  const { outputs, slopes } = regions.copies;
  for (const copy of pass === 'forward' ? outputs : slopes) {
    const phase = [...phaseNames].reverse().find((name) => isIn(phases[name], copy.from)) ?? 'steps';
    phases[phase].push(copyLoop(regions, copy));
  }
  return phases;
}

function copyLoop({ cells }: Regions, { from, to }: Copy): Loop {
  const access = (cell: number) => ({ cell, offset: 0, strides: [1] });
  return {
    kind: 'loop',
    pass: 'forward',
    order: 'row',
    sizes: [cells[to]?.size ?? 0],
    terms: [],
    stores: [
      {
        from: from === undefined ? { kind: 'constant', value: 0 } : { kind: 'cell', access: access(from) },
        to: access(to),
      },
    ],
    reductions: [],
  };
}

/** For code that finds everything in buffers. */
const plain = ({ cells, place }: Regions): CodeContext => ({
  place,
  places: (cell) => [place(cell)],
  isUniform: () => false,
  isRow: (cell) => cells[cell]?.kind === 'row',
  lanes: 1,
  mostStrands: 0,
});

/** A program of one workgroup. */
function alone(writer: Writer, pieces: readonly Piece[], pass: Pass, label: string): ScanProgram[] {
  if (pieces.length === 0) return [];
  const around = (levels: string) => levels;
  return [writeProgram(writer, pieces, pass, { label, groups: () => 1, around })];
}

interface Frame {
  readonly label: string;
  groups(size: CallSize): number;
  /** What stands around the code of the pieces. */
  around(levels: string): string;
  /** What other programs of the pass do. */
  readonly elsewhere?: readonly Piece[];
}

function writeProgram(
  { regions, limits }: Writer,
  given: readonly Piece[],
  pass: Pass,
  { label, groups, around, elsewhere = [] }: Frame,
): ScanProgram {
  const lanes = lanesFor(Math.max(1, ...given.map(itemsOf)), limits);
  const floats = Math.floor(limits.maxComputeWorkgroupStorageSize / 4);
  const mostStrands = Math.floor(floats / 4);
  const cells = [...regions.cells];
  const newCell = (size: number): number => cells.push({ size, kind: 'row', pass }) - 1;
  const isPassing = (cell: number): boolean => cell >= regions.cells.length || regions.isPassing(cell);
  const pieces = withUniform(given, lanes, newCell);
  const others = new Set(elsewhere.flatMap(writesOf));
  const uniform = uniformCells(pieces, (cell) => (others.has(cell) ? 0 : (cells[cell]?.size ?? 0)));
  const isUniform = (cell: number): boolean => uniform.has(cell);
  const levels = levelsOf(pieces, isUniform);
  const isHanded = handedOn(pieces, others);
  const needsPlace = (cell: number) =>
    isUniform(cell) ? 'nowhere' : isPassing(cell) ? 'somewhere' : isHanded(cell) ? 'near' : 'nowhere';
  const pool = poolOf(cells, needsPlace, levels, floats - mostStrands);
  const poolPlace = (cell: number): Place | undefined => {
    const spot = pool.spots.get(cell);
    if (spot === undefined) return undefined;
    return spot.inWorkgroup
      ? { buffer: POOL, offset: spot.offset }
      : { buffer: 'room', base: 'far', offset: spot.offset };
  };
  const { code, strands } = levelsCode(levels, {
    ...plain(regions),
    lanes,
    mostStrands,
    isUniform,
    takesTurns: (cell) => pool.spots.has(cell),
    place: (cell) => poolPlace(cell) ?? regions.place(cell),
    places(cell) {
      const near = poolPlace(cell);
      return [...(isPassing(cell) ? [] : [regions.place(cell)]), ...(near === undefined ? [] : [near])];
    },
  });
  const array = (of: string, count: number): string =>
    count === 0 ? '' : `var<workgroup> ${of}: array<f32, ${u(count)}>;`;
  return keyed({
    label,
    lanes,
    groups,
    far: pool.buffer,
    code: `${array('strands', strands)}
${array(POOL, pool.workgroup)}
${functionsCode}
fn run(group: u32) {
${regions.fixedBases(pass, pool.buffer)}
${around(code)}
}
`,
  });
}

/** Cells that the pieces, and nothing else, write and read. */
function handedOn(pieces: readonly Piece[], others: ReadonlySet<number>): (cell: number) => boolean {
  const written = new Set(pieces.flatMap(writesOf));
  const read = new Set(pieces.flatMap(readsOf));
  return (cell) => written.has(cell) && read.has(cell) && !others.has(cell);
}

/** For how many lanes there is work. */
function itemsOf(piece: Piece): number {
  switch (piece.kind) {
    case 'loop':
      return piece.sizes.reduce((count, size) => count * size, 1);
    case 'products': {
      const [{ out, weight, transposed }] = piece.parts;
      return out.count * (transposed ? weight.rows : weight.columns);
    }
    default:
      return 1;
  }
}

/** The most floats that the programs' workgroups need beside all else. */
export function farOf(programs: readonly ScanProgram[], size: CallSize): number {
  return Math.max(0, ...programs.map(({ far, groups }) => far * groups(size)));
}
