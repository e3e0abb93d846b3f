import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { placesOf } from '../graph/evaluate.js';
import type { Graph } from '../graph/graph.js';
import { randomGraph } from '../graph/random.js';
import { planOf } from '../plan/plan.js';
import { phaseNames } from '../plan/schedule.js';
import { type Access, accessesOf, type Cell, type Rows } from '../plan/work.js';
import { recompute, simplify } from '../simplify/index.js';
import { dnc, gru, ntm } from '../testing/nets.js';
import { traceStep } from '../trace/trace.js';
import { levelsCode } from './levelCode.js';
import { levelsOf, type Piece, piecesOf, readsOf, writesOf } from './pieces.js';
import { POOL, poolOf } from './places.js';
import { uniformCells, withUniform } from './uniform.js';

beforeAll(async () => void (await setBackend('cpu')));

const LANES = 64;
/** In floats: not enough for all. */
const ROOM = 200;

interface Scheduled {
  readonly cells: readonly Cell[];
  readonly levels: readonly (readonly Piece[])[];
  readonly uniform: ReadonlySet<number>;
}

/** What the lanes do in each phase of a plan. */
function schedules(graph: Graph): Scheduled[] {
  const { lowered, forward, backward } = planOf(graph, 'back', 1);
  return [forward, ...(backward === undefined ? [] : [backward])].flatMap((schedule) =>
    phaseNames.map((phase) => {
      const cells = [...lowered.cells];
      const pieces = withUniform(
        piecesOf(schedule[phase]),
        LANES,
        (size) => cells.push({ size, kind: 'row', pass: 'forward' }) - 1,
      );
      const uniform = uniformCells(pieces, (cell) => cells[cell]?.size ?? 0);
      return { cells, levels: levelsOf(pieces, (cell) => uniform.has(cell)), uniform };
    }),
  );
}

/** The numbers that a piece reads or writes, as `cell:place`. */
function numbersOf(piece: Piece, cells: readonly Cell[], what: 'reads' | 'writes'): Set<string> {
  const whole = (cell: number) => Array.from({ length: cells[cell]?.size ?? 0 }, (_, i) => `${cell}:${i}`);
  const along = ({ cell, offset, strides }: Access, sizes: readonly number[]) =>
    Array.from(placesOf(sizes, strides, offset), (place) => `${cell}:${place}`);
  const rows = ({ cell, offset, step, count }: Rows, columns: number) =>
    along({ cell, offset, strides: [step, 1] }, [count, columns]);
  switch (piece.kind) {
    case 'products':
      return new Set(
        piece.parts.flatMap(({ a, weight, transposed, out, start }) => {
          const [depth, columns] = transposed ? [weight.columns, weight.rows] : [weight.rows, weight.columns];
          const started = typeof start === 'object' && cells[start.cell]?.kind === 'row';
          if (what === 'writes') return rows(out, columns);
          return [...rows(a, depth), ...(started ? rows({ ...out, ...start }, columns) : [])];
        }),
      );
    case 'call':
    case 'join':
      return new Set((what === 'reads' ? readsOf(piece) : writesOf(piece)).flatMap(whole));
    default: {
      const { sizes, stores, reductions } = piece;
      if (what === 'reads')
        return new Set(accessesOf({ ...piece, kind: 'loop' }).flatMap((each) => along(each, sizes)));
      const results = piece.kind === 'partial' ? stores : [...stores, ...reductions];
      return new Set([
        ...results.flatMap(({ to }) => along(to, sizes)),
        ...(piece.kind === 'partial' ? piece.to.flatMap(whole) : []),
      ]);
    }
  }
}

/** What a lane reads of another in the same level, where there is no barrier between them. */
function races({ cells, levels, uniform }: Scheduled): string[] {
  return levels.flatMap((pieces, level) =>
    pieces.flatMap((piece, at) => {
      const later = levels.slice(level + 1).flat();
      const others = pieces.filter((other) => other !== piece);
      const written = [...later, ...others].map((other) => numbersOf(other, cells, 'writes'));
      return [...numbersOf(piece, cells, 'reads')].filter((number) => {
        const isByAll = uniform.has(Number(number.split(':')[0]));
        return written.some(
          (each, i) => each.has(number) && !(isByAll && isBefore(pieces, others[i - later.length], at)),
        );
      });
    }),
  );
}

function isBefore(pieces: readonly Piece[], other: Piece | undefined, at: number): boolean {
  return other !== undefined && pieces.indexOf(other) < at;
}

/** Cells that share numbers of the pool while both are needed. */
function clashes({ cells, levels, uniform }: Scheduled): string[] {
  const pool = poolOf(cells, (cell) => (uniform.has(cell) ? 'nowhere' : 'somewhere'), levels, ROOM);
  const uses = (cell: number): number[] =>
    levels.flatMap((pieces, level) =>
      pieces.some((piece) => [...readsOf(piece), ...writesOf(piece)].includes(cell)) ? [level] : [],
    );
  const placed = [...pool.spots].map(([cell, { inWorkgroup, offset }]) => {
    const levelsOfCell = uses(cell);
    const end = offset + (cells[cell]?.size ?? 0);
    if (end > (inWorkgroup ? Math.min(pool.workgroup, ROOM) : pool.buffer)) return { cell, isOutside: true };
    return {
      cell,
      inWorkgroup,
      offset,
      end,
      first: Math.min(...levelsOfCell),
      last: Math.max(...levelsOfCell),
    };
  });
  return placed.flatMap((a, i) => {
    if ('isOutside' in a) return [`cell ${a.cell} ends outside`];
    return placed
      .slice(i + 1)
      .filter(
        (b) =>
          !('isOutside' in b) &&
          a.inWorkgroup === b.inWorkgroup &&
          a.offset < b.end &&
          b.offset < a.end &&
          a.first <= b.last &&
          b.first <= a.last,
      )
      .map((b) => `cells ${a.cell} and ${b.cell}`);
  });
}

function expectSafe(graph: Graph): void {
  for (const each of schedules(graph)) {
    expect(races(each)).toEqual([]);
    expect(clashes(each)).toEqual([]);
  }
}

describe('levels', () => {
  it.each([
    ['a GRU', gru(3, 6)],
    ['an NTM', ntm(4, 10, 12, 5, 2)],
    ['a DNC', dnc(3, 6, 8, 5, 2)],
  ])('of %s read only what stands behind a barrier', (_name, net) => {
    const { graph } = traceStep(net.step, net.x, net.state, 'kept');
    expectSafe(recompute(simplify(graph)));
  });

  it('of random graphs do too', () => {
    fc.assert(
      fc.property(randomGraph(30), ({ graph }) => expectSafe(graph)),
      { seed: 1, numRuns: 100 },
    );
  });

  it.each([
    ['a buffer', 'frames', ['storageBarrier']],
    ['workgroup storage', POOL, ['workgroupBarrier']],
  ])('hand numbers on through %s behind its barrier', (_name, buffer, barriers) => {
    const copy = (from: number, to: number): Piece => ({
      kind: 'loop',
      pass: 'forward',
      order: 'row',
      sizes: [9],
      terms: [],
      stores: [
        {
          from: { kind: 'cell', access: { cell: from, offset: 0, strides: [1] } },
          to: { cell: to, offset: 0, strides: [1] },
        },
      ],
      reductions: [],
    });
    const placed = (cell: number) => ({ buffer, offset: 9 * cell });
    const { code } = levelsCode([[copy(0, 1)], [copy(1, 2)]], {
      place: placed,
      places: (cell) => [placed(cell)],
      isUniform: () => false,
      isRow: () => true,
      takesTurns: () => false,
      lanes: LANES,
      mostStrands: ROOM,
    });
    expect(code.match(/\w+Barrier/g)).toEqual(barriers);
    const [before = '', behind = ''] = code.split(/\w+Barrier\(\);/);
    expect(before).toContain(`${buffer}[9u + i0] =`);
    expect(behind).toContain(`= ${buffer}[9u + i0]`);
  });
});
