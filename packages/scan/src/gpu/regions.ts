import { u } from '@tapehead/core/kernels';
import type { Spot } from '../plan/layout.js';
import type { Plan } from '../plan/plan.js';
import type { Cell } from '../plan/work.js';
import type { Place } from './places.js';

/** The batch and the steps of a call. */
export interface Size {
  readonly batch: number;
  readonly time: number;
}

/**
 * The buffers of a call, N = batch · time. A leaf stands behind the other with all its rows, `[batch, time, …]` or
 * `[batch, …]`, as in a tensor.
 *
 * - `weights`: what all sequences share: the plan's region, and behind it captured tensors that only products read
 * - `inputs`: x, the initial state
 * - `frames`: `[batch, frames, …]`; the frame t holds what the step before t left
 * - `results`: forward the outputs and the last state; backward the slopes of x, of the initial state, of captured tensors
 * - `slopes`: those of the outputs and of the last state
 * - `room`: what only one pass needs
 */
export interface Regions {
  /** With those that copies go to. */
  readonly cells: readonly Cell[];
  /** Outputs that stand in another region, and the cells that they are copied to. */
  readonly copies: readonly { readonly from: number; readonly to: number }[];
  /** Slots of slopes that no step gives. */
  readonly idleSlopes: readonly number[];
  /** Where a cell lies, that no pool holds. Bases are names that `rowBases` and `fixedBases` declare. */
  place(cell: number): Place;
  isPassing(cell: number): boolean;
  /** Declares the bases of the row of the sequence `b` and the step `t`, by WGSL. */
  rowBases(pass: 'forward' | 'backward'): string;
  /** Declares the bases of what does not go by rows; `far`: the rest of the pool, of which a workgroup has so many floats. */
  fixedBases(pass: 'forward' | 'backward', far: number): string;
  /** Copies between the state, or its slopes, and the frames of the sequence `b`, by WGSL. */
  readonly stateCopies: Readonly<Record<'start' | 'end' | 'slopeStart' | 'slopeEnd', string>>;
  /** Where each captured tensor stands in `weights`. */
  readonly captured: readonly { readonly leaf: number; readonly offset: number }[];
  /** The frames, and slopes, of a sequence. */
  frames(size: Size): number;
  slopes(size: Size): number;
  floats(size: Size): {
    readonly weights: number;
    readonly inputs: number;
    readonly frames: number;
    readonly results: number;
    readonly slopes: number;
    readonly gradients: number;
    /** Of these, those of x. */
    readonly xGradients: number;
    /** Without the pool. */
    readonly forwardRoom: number;
    readonly backwardRoom: number;
  };
}

/** Lays a plan out in buffers. */
export function regionsOf({ lowered, layout }: Plan): Regions {
  const { roles } = lowered;
  const cells: Cell[] = [...lowered.cells];
  const spots = new Map(layout.spots);
  const pitchOf = (region: string): number => layout.pitches[region] ?? 0;
  const sizeOf = (cell: number | undefined): number => (cell === undefined ? 0 : (cells[cell]?.size ?? 0));
  const spotOf = (cell: number): Spot => spots.get(cell) ?? { region: 'scratch', offset: 0 };
  const added = (size: number, spot: Spot): number => {
    const cell = cells.push({ size, kind: 'row', pass: 'backward' }) - 1;
    spots.set(cell, spot);
    return cell;
  };

  const outputs = [...roles.outputs];
  const copies = roles.outputs.flatMap((from, leaf) => {
    if (from === undefined || spotOf(from).region === 'out') return [];
    const to = added(sizeOf(from), { region: 'out', offset: 0 });
    outputs[leaf] = to;
    return [{ from, to }];
  });
  const idleSlopes = layout.slots.flatMap((offset, leaf) =>
    roles.newStateSlope[leaf] !== undefined
      ? []
      : [added(sizeOf(roles.state[leaf]), { region: 'slopeOut', offset })],
  );

  /** Leaves with all their rows, one behind the other: the floats of a row before each. */
  const rows = (leaves: readonly (number | undefined)[]) => {
    let total = 0;
    const before = leaves.map((cell) => {
      total += sizeOf(cell);
      return total - sizeOf(cell);
    });
    return { leaves, before, total };
  };
  const x = rows(roles.x);
  const state = rows(roles.state);
  const out = rows(outputs);
  const outputSlope = rows(roles.outputSlope);
  const stateSlope = rows(roles.stateSlope);
  const xSlope = rows(roles.xSlope);
  const newStateSlope = rows(roles.newStateSlope);
  const capturedSlope = rows(roles.capturedSlope);
  const byLeaf = { x, out, outputSlope, xSlope };
  const buffers = { x: 'inputs', out: 'results', outputSlope: 'slopes', xSlope: 'results' };

  let weights = pitchOf('shared');
  const captured = roles.captured.flatMap((cell, leaf) => {
    if (cell === undefined || !spots.has(cell)) return [];
    const spot = spotOf(cell);
    if (spot.region === 'shared') return [{ leaf, offset: spot.offset }];
    const offset = weights;
    weights += sizeOf(cell);
    spots.set(cell, { region: 'shared', offset });
    return [{ leaf, offset }];
  });

  const place = (cell: number): Place => {
    const { region, offset } = spotOf(cell);
    switch (region) {
      case 'shared':
        return { buffer: 'weights', offset };
      case 'frame':
      case 'frameBefore':
        return { buffer: 'frames', base: region, offset };
      case 'slopeIn':
      case 'slopeOut':
      case 'between':
      case 'late':
      case 'sums':
        return { buffer: 'room', base: region, offset };
      case 'x':
      case 'out':
      case 'outputSlope':
      case 'xSlope':
        return {
          buffer: buffers[region],
          base: `${region}${byLeaf[region].leaves.indexOf(cell)}`,
          offset: 0,
        };
      default: {
        const leaf = roles.capturedSlope.indexOf(cell);
        if (leaf < 0) throw new Error(`nothing is in ${region} on a GPU`);
        return { buffer: 'results', base: 'captured', offset: capturedSlope.before[leaf] ?? 0 };
      }
    }
  };

  const leafBases = (region: keyof typeof byLeaf): string[] => {
    const { leaves, before } = byLeaf[region];
    return leaves.map(
      (cell, leaf) => `let ${region}${leaf} = given.N * ${u(before[leaf] ?? 0)} + row * ${u(sizeOf(cell))};`,
    );
  };
  const frame = u(pitchOf('frame'));
  const slope = u(pitchOf('slopeIn'));
  const behindSlopes = `given.B * given.S * ${slope}`;
  const behindLate = `${behindSlopes} + given.N * ${u(pitchOf('late'))}`;

  /** Copies the leaves of a state, in one direction. */
  const stateCopy = (
    { leaves, before }: ReturnType<typeof rows>,
    packed: string,
    first: string,
    kept: string,
    direction: 'in' | 'out',
  ): string =>
    layout.slots
      .map((slot, leaf) => {
        const cell = leaves[leaf];
        const there = `${packed}[${first} + given.B * ${u(before[leaf] ?? 0)} + b * ${u(sizeOf(cell))} + i]`;
        const here = `${kept} + ${u(slot)} + i]`;
        if (cell === undefined && direction === 'out') return '';
        const statement =
          direction === 'out' ? `${there} = ${here};` : `${here} = ${cell === undefined ? '0.0' : there};`;
        const size = sizeOf(roles.state[leaf]);
        return `for (var i = lane; i < ${u(size)}; i += LANES) { ${statement} }`;
      })
      .join('\n');
  const frameAt = (t: string): string => `frames[(b * given.F + ${t} % given.F) * ${frame}`;
  const slopeAt = (t: string): string => `room[(b * given.S + ${t} % given.S) * ${slope}`;

  const framesOf = ({ time }: Size): number => (layout.framesAre === 'all' ? time + 1 : 2);
  const slopesOf = ({ time }: Size): number => (layout.slopesAre === 'all' ? time + 1 : 2);
  return {
    cells,
    copies,
    idleSlopes,
    captured,
    place,
    isPassing: (cell) => ['scratch', 'batch'].includes(spotOf(cell).region),
    rowBases: (pass) =>
      [
        'let row = b * given.T + t;',
        `let frameBefore = (b * given.F + t % given.F) * ${frame};`,
        `let frame = (b * given.F + (t + 1u) % given.F) * ${frame};`,
        ...leafBases('x'),
        ...(pass === 'forward'
          ? [...leafBases('out'), `let between = row * ${u(pitchOf('between'))};`]
          : [
              ...leafBases('outputSlope'),
              ...leafBases('xSlope'),
              `let slopeIn = (b * given.S + (t + 1u) % given.S) * ${slope};`,
              `let slopeOut = (b * given.S + t % given.S) * ${slope};`,
              `let late = ${behindSlopes} + row * ${u(pitchOf('late'))};`,
            ]),
      ].join('\n'),
    fixedBases: (pass, far) =>
      pass === 'forward'
        ? `let far = given.N * ${u(pitchOf('between'))} + group * ${u(far)};`
        : `let sums = ${behindLate};
let captured = given.N * ${u(xSlope.total)} + given.B * ${u(newStateSlope.total)};
let far = sums + ${u(pitchOf('sums'))} + group * ${u(far)};`,
    stateCopies: {
      start: stateCopy(state, 'inputs', `given.N * ${u(x.total)}`, frameAt('0u'), 'in'),
      end: stateCopy(state, 'results', `given.N * ${u(out.total)}`, frameAt('given.T'), 'out'),
      slopeStart: stateCopy(
        stateSlope,
        'slopes',
        `given.N * ${u(outputSlope.total)}`,
        slopeAt('given.T'),
        'in',
      ),
      slopeEnd: stateCopy(newStateSlope, 'results', `given.N * ${u(xSlope.total)}`, slopeAt('0u'), 'out'),
    },
    frames: framesOf,
    slopes: slopesOf,
    floats(size) {
      const { batch } = size;
      const all = batch * size.time;
      return {
        weights,
        inputs: all * x.total + batch * state.total,
        frames: batch * framesOf(size) * pitchOf('frame'),
        results: all * out.total + batch * state.total,
        slopes: all * outputSlope.total + batch * stateSlope.total,
        gradients: all * xSlope.total + batch * newStateSlope.total + capturedSlope.total,
        xGradients: all * xSlope.total,
        forwardRoom: all * pitchOf('between'),
        backwardRoom: batch * slopesOf(size) * pitchOf('slopeIn') + all * pitchOf('late') + pitchOf('sums'),
      };
    },
  };
}
