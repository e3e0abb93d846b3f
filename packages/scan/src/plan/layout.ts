import type { Lowered } from './lower.js';
import { padded8 } from './padded.js';
import { phaseNames, type Schedule, type Segment } from './schedule.js';
import { type Call, type Loop, readsOf, type Work, writesOf } from './work.js';

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
  /** Whether frames, and slopes of the state, are kept for all steps; else those of two steps take turns. */
  readonly framesAre: 'all' | 'two';
  readonly slopesAre: 'all' | 'two';
}

export interface Planned {
  readonly lowered: Lowered;
  readonly shared: readonly Work[];
  readonly forward: Schedule;
  /** Undefined where nobody goes back. */
  readonly backward: Schedule | undefined;
}

/** Gives every cell a place. */
export function layOut({ lowered, shared, forward, backward }: Planned): Layout {
  const { cells, roles } = lowered;
  const spots = new Map<number, Spot>();
  const pitches: Record<string, number> = {};
  // Vectors are read beyond the end.
  const sizeOf = (cell: number): number => padded8(cells[cell]?.size ?? 0);
  const take = (region: Region, size: number): number => {
    const offset = pitches[region] ?? 0;
    pitches[region] = offset + size;
    return offset;
  };
  const put = (cell: number | undefined, region: Region, offset?: number): void => {
    if (cell === undefined || spots.has(cell)) return;
    spots.set(cell, { region, offset: offset ?? take(region, sizeOf(cell)) });
  };

  // The state, in the same slots of all frames; its slopes likewise.
  const slots = roles.state.map((cell) => take('frame', cell === undefined ? 0 : sizeOf(cell)));
  pitches.slopeIn = pitches.frame ?? 0;
  for (const [leaf, slot] of slots.entries()) {
    put(roles.state[leaf], 'frameBefore', slot);
    put(roles.nextState[leaf], 'frame', slot);
    put(roles.stateSlope[leaf], 'slopeIn', slot);
    put(roles.newStateSlope[leaf], 'slopeOut', slot);
  }
  for (const cell of roles.x) put(cell, 'x');
  for (const cell of roles.outputSlope) put(cell, 'outputSlope');
  for (const [leaf, cell] of roles.capturedSlope.entries()) put(cell, `capturedSlope ${leaf}`, 0);
  for (const cell of roles.xSlope) put(cell, 'xSlope');

  // What the way back reads of the way forward is kept.
  const back = backward === undefined ? [] : allOf(backward);
  for (const cell of back.flatMap(readsOf)) {
    if (cells[cell]?.kind === 'row' && cells[cell]?.pass === 'forward') put(cell, 'frame');
  }
  for (const cell of roles.outputs) put(cell, 'out');

  // Captured tensors that only products read stay where they are.
  const all = [...shared, ...allOf(forward), ...back];
  const loops = new Set(all.filter(({ kind }) => kind !== 'product').flatMap(readsOf));
  for (const [leaf, cell] of roles.captured.entries()) {
    if (cell !== undefined)
      put(cell, loops.has(cell) ? 'shared' : `captured ${leaf}`, loops.has(cell) ? undefined : 0);
  }
  for (const [cell, { kind }] of cells.entries()) {
    if (kind === 'shared') put(cell, 'shared');
    if (kind === 'sum') put(cell, 'sums');
  }

  placeBetween(forward, 'between', put, cells.length);
  if (backward !== undefined) placeBetween(backward, 'late', put, cells.length);
  for (const schedule of backward === undefined ? [forward] : [forward, backward]) {
    for (const name of phaseNames) {
      for (const { rows } of schedule[name]) {
        pitches.scratch = Math.max(pitches.scratch ?? 0, placeScratch(rows, spots, sizeOf));
      }
    }
  }

  const early = (schedule: Schedule): number[] =>
    [...schedule.before, ...schedule.after]
      .flatMap(worksOf)
      .flatMap((work) => [...readsOf(work), ...writesOf(work)]);
  const isIn = (regions: readonly Region[]) => (cell: number) =>
    regions.includes(spots.get(cell)?.region ?? 'scratch');
  const keepsFrames = backward !== undefined || early(forward).some(isIn(['frame', 'frameBefore']));
  const keepsSlopes =
    backward !== undefined &&
    [...early(backward), ...backward.sums.flatMap(readsOf)].some(isIn(['slopeIn', 'slopeOut']));
  return {
    spots,
    pitches,
    slots,
    framesAre: keepsFrames ? 'all' : 'two',
    slopesAre: keepsSlopes ? 'all' : 'two',
  };
}

export function allOf({ before, steps, after, sums, closing }: Schedule): Work[] {
  return [...[...before, ...steps, ...after].flatMap(worksOf), ...sums, ...closing];
}

export function worksOf({ rows, products }: Segment): Work[] {
  return [...rows, ...products];
}

/** Places what stands between works of one pass: as near as it can be. */
function placeBetween(
  schedule: Schedule,
  steps: 'between' | 'late',
  put: (cell: number | undefined, region: Region, offset?: number) => void,
  count: number,
): void {
  const users = Array.from({ length: count }, () => new Set<string>());
  const note = (cell: number, where: string): void => void users[cell]?.add(where);
  for (const name of phaseNames) {
    for (const [i, segment] of schedule[name].entries()) {
      for (const work of segment.rows) {
        for (const cell of [...readsOf(work), ...writesOf(work)]) note(cell, `${name} ${i}`);
      }
      for (const work of segment.products) {
        for (const cell of [...readsOf(work), ...writesOf(work)]) note(cell, `${name} products`);
      }
    }
  }
  for (const work of schedule.sums) for (const cell of readsOf(work)) note(cell, 'sums');
  const written = new Set(
    [...schedule.before, ...schedule.steps, ...schedule.after].flatMap(worksOf).flatMap(writesOf),
  );
  for (const cell of written) {
    const places = [...(users[cell] ?? [])];
    if (places.length === 1 && !places[0]?.endsWith('products')) continue;
    put(cell, places.every((place) => place.startsWith('steps')) ? 'batch' : steps);
  }
}

/** Within a segment, cells whose numbers nobody needs any longer make room for others. @returns the floats of all */
function placeScratch(
  works: readonly (Loop | Call)[],
  spots: Map<number, Spot>,
  sizeOf: (cell: number) => number,
): number {
  const lastUse = new Map<number, number>();
  for (const [i, work] of works.entries()) {
    for (const cell of [...readsOf(work), ...writesOf(work)]) lastUse.set(cell, i);
  }
  let live: { start: number; end: number; until: number }[] = [];
  let most = 0;
  for (const [i, work] of works.entries()) {
    live = live.filter(({ until }) => until >= i);
    for (const cell of writesOf(work)) {
      if (spots.has(cell)) continue;
      let start = 0;
      for (const each of live) if (start + sizeOf(cell) > each.start) start = Math.max(start, each.end);
      const end = start + sizeOf(cell);
      spots.set(cell, { region: 'scratch', offset: start });
      live.push({ start, end, until: lastUse.get(cell) ?? i });
      live.sort((a, b) => a.start - b.start);
      most = Math.max(most, end);
    }
  }
  return most;
}
