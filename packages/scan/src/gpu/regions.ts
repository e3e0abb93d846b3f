import { u } from '@tapehead/core/kernels';
import type { Spot } from '../plan/layout.js';
import type { Plan } from '../plan/plan.js';
import type { Cell } from '../plan/work.js';
import type { CallSize } from '../run/plans.js';
import type { Place } from './places.js';

/** Numbers to be copied from a cell to another; without `from`, zeros. */
export interface Copy {
  readonly from?: number | undefined;
  readonly to: number;
}

/**
 * The buffers of a call, N = batch · time. Tensors stand in them one behind the other, `[batch, time, …]` or `[batch, …]`.
 *
 * - `weights`: what all sequences share: the plan's region, and behind it captured tensors that only products read
 * - `inputs`: x, the initial state
 * - `frames`: `[batch, frames, …]`; the frame t holds what the step before t left
 * - `results`: forward the outputs and the last state; backward the slopes of x, of the initial state, of captured tensors
 * - `slopes`: those of the outputs and of the last state
 * - `room`: what only one pass needs
 */
export interface Regions {
  /** Those of the plan, and those that copies read and write. */
  readonly cells: readonly Cell[];
  readonly copies: {
    /** Before the first step of a pass, and after the last. */
    readonly forward: { readonly start: readonly Copy[]; readonly end: readonly Copy[] };
    readonly backward: { readonly start: readonly Copy[]; readonly end: readonly Copy[] };
    /** Outputs that are kept too. */
    readonly outputs: readonly Copy[];
    /** Where a step gives no slope: zeros. */
    readonly slopes: readonly Copy[];
  };
  /** Where a cell lies, that no pool holds. Bases are names that `rowBases` and `fixedBases` declare. */
  place(cell: number): Place;
  isPassing(cell: number): boolean;
  /** Declares the bases of the row of the sequence `b` and the step `t`, by WGSL. */
  rowBases(pass: 'forward' | 'backward'): string;
  /** Declares the bases of what does not go by rows; `far`: the rest of the pool, of which a workgroup has so many floats. */
  fixedBases(pass: 'forward' | 'backward', far: number): string;
  /** Where each captured tensor stands in `weights`. */
  readonly captured: readonly { readonly leaf: number; readonly offset: number }[];
  /** The frames, and slopes of the state, of a sequence. */
  frames(size: CallSize): number;
  slopes(size: CallSize): number;
  /** Of the buffers; those of rooms without the pool. */
  floats(
    size: CallSize,
  ): Readonly<
    Record<
      'weights' | 'inputs' | 'frames' | 'results' | 'slopes' | 'gradients' | 'forwardRoom' | 'backwardRoom',
      number
    >
  >;
}

/** Lays a plan out in buffers. */
export function regionsOf({ lowered, layout }: Plan): Regions {
  const { roles } = lowered;
  const cells: Cell[] = [...lowered.cells];
  const pitchOf = (region: string): number => layout.pitches[region] ?? 0;
  const sizeOf = (cell: number | undefined): number => (cell === undefined ? 0 : (cells[cell]?.size ?? 0));
  const spots = new Map<number, Spot>(layout.spots);
  /** The leaves of tensors in a buffer. */
  const leaves = new Map<number, Place>();
  const cellLike = (cell: number | undefined): number =>
    cells.push({ size: sizeOf(cell), kind: 'row', pass: 'backward' }) - 1;

  let weights = pitchOf('shared');
  const captured = roles.captured.flatMap((cell, leaf) => {
    const spot = cell === undefined ? undefined : spots.get(cell);
    if (cell === undefined || spot === undefined) return [];
    if (spot.region === 'shared') return [{ leaf, offset: spot.offset }];
    const offset = weights;
    weights += sizeOf(cell);
    spots.set(cell, { region: 'shared', offset });
    return [{ leaf, offset }];
  });

  /** A buffer of tensors `[batch, time, …]`, then `[batch, …]`; one that is undefined takes no room. */
  const pack = (
    buffer: string,
    byRow: readonly (number | undefined)[],
    byBatch: readonly (number | undefined)[],
  ) => {
    const bases: string[] = [];
    const put = (
      list: readonly (number | undefined)[],
      count: string,
      index: string,
      first: string,
    ): number => {
      let before = 0;
      for (const cell of list) {
        if (cell === undefined) continue;
        const base = `${buffer}${bases.length}`;
        leaves.set(cell, { buffer, base, offset: 0 });
        bases.push(`let ${base} = ${first}${count} * ${u(before)} + ${index} * ${u(sizeOf(cell))};`);
        before += sizeOf(cell);
      }
      return before;
    };
    const perRow = put(byRow, 'given.N', 'row', '');
    const perBatch = put(byBatch, 'given.B', 'b', `given.N * ${u(perRow)} + `);
    return {
      bases,
      behind: `given.N * ${u(perRow)} + given.B * ${u(perBatch)}`,
      floats: ({ batch, time }: CallSize) => batch * (time * perRow + perBatch),
    };
  };
  const copyOf = (cell: number | undefined) => (cell === undefined ? undefined : cellLike(cell));
  const first = roles.state.map(copyOf);
  const last = roles.nextState.map(copyOf);
  const lastSlope = roles.stateSlope.map(copyOf);
  const firstSlope = roles.newStateSlope.map(copyOf);
  const outputs = roles.outputs.map((cell) =>
    cell !== undefined && spots.get(cell)?.region !== 'out' ? cellLike(cell) : cell,
  );
  const inputs = pack('inputs', roles.x, first);
  const results = pack('results', outputs, last);
  const slopes = pack('slopes', roles.outputSlope, lastSlope);
  const gradients = pack('results', roles.xSlope, firstSlope);
  let capturedFloats = 0;
  for (const cell of roles.capturedSlope) {
    if (cell === undefined) continue;
    leaves.set(cell, { buffer: 'results', base: 'captured', offset: capturedFloats });
    capturedFloats += sizeOf(cell);
  }

  const copies = (from: readonly (number | undefined)[], to: readonly (number | undefined)[]): Copy[] =>
    to.flatMap((cell, i) => (cell === undefined || cell === from[i] ? [] : [{ from: from[i], to: cell }]));
  const idle = layout.slots.map((offset, leaf) => {
    if (roles.newStateSlope[leaf] !== undefined) return undefined;
    const cell = cellLike(roles.state[leaf]);
    spots.set(cell, { region: 'slopeOut', offset });
    return cell;
  });

  const slope = u(pitchOf('slopeIn'));
  const frame = u(pitchOf('frame'));
  const behindSlopes = `given.B * given.S * ${slope}`;
  const framesOf = ({ time }: CallSize): number => (layout.framesAre === 'all' ? time + 1 : 2);
  const slopesOf = ({ time }: CallSize): number => (layout.slopesAre === 'all' ? time + 1 : 2);
  return {
    cells,
    copies: {
      forward: { start: copies(first, roles.state), end: copies(roles.nextState, last) },
      backward: { start: copies(lastSlope, roles.stateSlope), end: copies(roles.newStateSlope, firstSlope) },
      outputs: copies(roles.outputs, outputs),
      slopes: copies([], idle),
    },
    captured,
    place(cell) {
      const leaf = leaves.get(cell);
      if (leaf !== undefined) return leaf;
      const { region, offset } = spots.get(cell) ?? { region: 'scratch', offset: 0 };
      if (region === 'shared') return { buffer: 'weights', offset };
      return { buffer: region.startsWith('frame') ? 'frames' : 'room', base: region, offset };
    },
    isPassing(cell) {
      const region = leaves.has(cell) ? undefined : spots.get(cell)?.region;
      return region === 'scratch' || region === 'batch';
    },
    rowBases: (pass) =>
      [
        'let row = b * given.T + t;',
        `let frameBefore = (b * given.F + t % given.F) * ${frame};`,
        `let frame = (b * given.F + (t + 1u) % given.F) * ${frame};`,
        ...inputs.bases,
        ...(pass === 'forward'
          ? [...results.bases, `let between = row * ${u(pitchOf('between'))};`]
          : [
              ...slopes.bases,
              ...gradients.bases,
              `let slopeIn = (b * given.S + (t + 1u) % given.S) * ${slope};`,
              `let slopeOut = (b * given.S + t % given.S) * ${slope};`,
              `let late = ${behindSlopes} + row * ${u(pitchOf('late'))};`,
            ]),
      ].join('\n'),
    fixedBases: (pass, far) =>
      pass === 'forward'
        ? `let far = given.N * ${u(pitchOf('between'))} + group * ${u(far)};`
        : `let sums = ${behindSlopes} + given.N * ${u(pitchOf('late'))};
let captured = ${gradients.behind};
let far = sums + ${u(pitchOf('sums'))} + group * ${u(far)};`,
    frames: framesOf,
    slopes: slopesOf,
    floats(size) {
      const all = size.batch * size.time;
      return {
        weights,
        inputs: inputs.floats(size),
        frames: size.batch * framesOf(size) * pitchOf('frame'),
        results: results.floats(size),
        slopes: slopes.floats(size),
        gradients: gradients.floats(size) + capturedFloats,
        forwardRoom: all * pitchOf('between'),
        backwardRoom:
          size.batch * slopesOf(size) * pitchOf('slopeIn') + all * pitchOf('late') + pitchOf('sums'),
      };
    },
  };
}
