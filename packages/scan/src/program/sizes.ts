import type { Region } from '../plan/layout.js';
import type { Plan } from '../plan/plan.js';
import type { Program } from './program.js';

/** A piece of memory that a call needs: so many floats, known under one name or two. */
export interface Piece {
  readonly floats: number;
  /** The names in the table, and at how many floats from the beginning each points. */
  readonly names: readonly (readonly [name: string, offset: number])[];
  /** Whether the way forward leaves it for the way back. */
  readonly isKept: boolean;
}

/** Vectors may be read beyond the end of a row. */
const MARGIN = 16;

/** The memory of a call of these sizes, in floating point, so that no size can wrap. */
export function piecesOf(
  { layout, backward }: Plan,
  { sharedFloats, transposedFloats, workFloats }: Program,
  { batch, time }: { readonly batch: number; readonly time: number },
): Piece[] {
  const pitchOf = (region: Region): number => layout.pitches[region] ?? 0;
  const steps = batch * time;
  const hasWayBack = backward !== undefined;
  const piece = (name: string, floats: number, isKept = false): Piece => ({
    floats: floats + MARGIN,
    names: [[name, 0]],
    isKept,
  });
  const pair = (before: string, behind: string, pitch: number, all: boolean, isKept: boolean): Piece => ({
    floats: pitch * (all ? steps + batch : 2 * batch) + MARGIN,
    names: [
      [before, 0],
      [behind, pitch * batch],
    ],
    isKept,
  });
  return [
    piece('shared', sharedFloats, hasWayBack),
    piece('x', steps * pitchOf('x'), hasWayBack),
    pair('frameBefore', 'frame', pitchOf('frame'), layout.framesAre === 'all', hasWayBack),
    piece('out', steps * pitchOf('out')),
    piece('between', steps * pitchOf('between')),
    piece('batch', batch * pitchOf('batch')),
    piece('scratch', pitchOf('scratch')),
    piece('work', workFloats),
    piece('transposed', transposedFloats),
    ...(hasWayBack
      ? [
          piece('outputSlope', steps * pitchOf('outputSlope')),
          pair('slopeOut', 'slopeIn', pitchOf('slopeIn'), layout.slopesAre === 'all', false),
          piece('late', steps * pitchOf('late')),
          piece('xSlope', steps * pitchOf('xSlope')),
          piece('sums', pitchOf('sums')),
        ]
      : []),
  ];
}

/** The constants of the shared region, and where they lie. */
export function constantsOf({
  lowered,
  layout,
}: Plan): { readonly at: number; readonly data: Float32Array }[] {
  return lowered.cells.flatMap(({ data }, cell) => {
    const spot = layout.spots.get(cell);
    return data === undefined || spot?.region !== 'shared' ? [] : [{ at: spot.offset, data }];
  });
}
