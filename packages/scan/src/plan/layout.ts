import { placeBetween } from './layout/between.js';
import { placeScratch } from './layout/scratch.js';
import { createSpots, type Spots } from './layout/spots.js';
import type { Lowered, Roles } from './lower.js';
import { allOf, phaseNames, type Schedule, worksOf } from './schedule.js';
import { cellsOf, readsOf, type Work } from './work.js';

/**
 * Where numbers lie. `x`, `out`, `frame`, `between`, `xSlope`, `outputSlope`, `late`: a row for each step and sequence;
 * `frameBefore` is the frame of the step before, `slopeIn` and `slopeOut` the slopes of the state that come from the step
 * behind and go to the step before. `batch`: a row for each sequence, for one step. `scratch`: for one sequence at a time.
 * `shared`: for all. `captured` and `capturedSlope` are tensors.
 */
export type Region =
  | 'x'
  | 'out'
  | 'frame'
  | 'frameBefore'
  | 'between'
  | 'batch'
  | 'scratch'
  | 'shared'
  | 'outputSlope'
  | 'slopeIn'
  | 'slopeOut'
  | 'late'
  | 'xSlope'
  | 'sums'
  | `captured ${number}`
  | `capturedSlope ${number}`;

export interface Spot {
  readonly region: Region;
  /** In floats. */
  readonly offset: number;
}

/** Where every cell lies, and how many floats a row of each region has. */
export interface Layout {
  readonly spots: ReadonlyMap<number, Spot>;
  readonly pitches: Readonly<Record<string, number>>;
  /** The state's leaves in a frame, and their slopes. */
  readonly slots: readonly number[];
  /** Whether frames, and slopes of the state, are kept for all steps; else two take turns as buffers. */
  readonly framesAre: 'all' | 'two';
  readonly slopesAre: 'all' | 'two';
}

export interface Planned {
  readonly lowered: Lowered;
  readonly shared: readonly Work[];
  readonly forward: Schedule;
  /** Undefined where no gradient is wanted. */
  readonly backward: Schedule | undefined;
}

/** Gives every cell a place. */
export function layOut(planned: Planned): Layout {
  const { lowered, forward, backward } = planned;
  const spots = createSpots(lowered.cells);
  const slots = placeState(lowered.roles, spots);
  placeTensors(lowered.roles, spots);
  if (backward !== undefined) placeKept(lowered, backward, spots);
  for (const cell of lowered.roles.outputs) spots.put(cell, 'out');
  placeShared(planned, spots);
  placeBetween(forward, 'between', spots);
  if (backward !== undefined) placeBetween(backward, 'late', spots);
  for (const schedule of backward === undefined ? [forward] : [forward, backward])
    for (const name of phaseNames) for (const { rows } of schedule[name]) placeScratch(rows, spots);
  return {
    spots: spots.all,
    pitches: spots.pitches,
    slots,
    framesAre: backward !== undefined || readsAllSteps(forward, frames, spots) ? 'all' : 'two',
    slopesAre: backward !== undefined && readsAllSteps(backward, slopes, spots) ? 'all' : 'two',
  };
}

const frames: readonly Region[] = ['frame', 'frameBefore'];
const slopes: readonly Region[] = ['slopeIn', 'slopeOut'];

/** The state lies in the same slots of all frames, and its slopes in the same slots of theirs. @returns the slots */
function placeState(roles: Roles, { take, put, sizeOf, widen, pitches }: Spots): number[] {
  const slots = roles.state.map((cell) => take('frame', cell === undefined ? 0 : sizeOf(cell)));
  widen('slopeIn', pitches.frame ?? 0);
  for (const [leaf, slot] of slots.entries()) {
    put(roles.state[leaf], 'frameBefore', slot);
    put(roles.nextState[leaf], 'frame', slot);
    put(roles.stateSlope[leaf], 'slopeIn', slot);
    put(roles.newStateSlope[leaf], 'slopeOut', slot);
  }
  return slots;
}

function placeTensors(roles: Roles, { put }: Spots): void {
  for (const cell of roles.x) put(cell, 'x');
  for (const cell of roles.outputSlope) put(cell, 'outputSlope');
  for (const [leaf, cell] of roles.capturedSlope.entries()) put(cell, `capturedSlope ${leaf}`, 0);
  for (const cell of roles.xSlope) put(cell, 'xSlope');
}

/** What the way back reads of the way forward is kept. */
function placeKept({ cells }: Lowered, backward: Schedule, { put }: Spots): void {
  for (const cell of allOf(backward).flatMap(readsOf))
    if (cells[cell]?.kind === 'row' && cells[cell]?.pass === 'forward') put(cell, 'frame');
}

/** Captured tensors that only products read are read where they are. */
function placeShared({ lowered, shared, forward, backward }: Planned, { put }: Spots): void {
  const all = [...shared, ...allOf(forward), ...(backward === undefined ? [] : allOf(backward))];
  const others = new Set(all.filter(({ kind }) => kind !== 'product').flatMap(readsOf));
  for (const [leaf, cell] of lowered.roles.captured.entries()) {
    if (cell === undefined) continue;
    if (others.has(cell)) put(cell, 'shared');
    else put(cell, `captured ${leaf}`, 0);
  }
  for (const [cell, { kind }] of lowered.cells.entries()) {
    if (kind === 'shared') put(cell, 'shared');
    if (kind === 'sum') put(cell, 'sums');
  }
}

/** Whether works that take the rows of all steps at once use the regions. */
function readsAllSteps(
  { before, after, sums }: Schedule,
  regions: readonly Region[],
  { all }: Spots,
): boolean {
  const cells = [...[...before, ...after].flatMap(worksOf).flatMap(cellsOf), ...sums.flatMap(readsOf)];
  return cells.some((cell) => regions.includes(all.get(cell)?.region ?? 'scratch'));
}
