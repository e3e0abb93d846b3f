import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomGraph } from '../graph/random.js';
import type { Spot } from './layout.js';
import { padded8 } from './padded.js';
import { type Plan, planOf } from './plan.js';
import { allOf, phaseNames } from './schedule.js';
import { cellsOf, type Work } from './work.js';

const plans = fc
  .tuple(randomGraph(), fc.constantFrom('forward', 'back'), fc.constantFrom(1, 512))
  .map(([{ graph }, wanted, smallestWeight]) => planOf(graph, wanted, smallestWeight));
const rows = ({ forward, backward }: Plan): Work[][] =>
  [forward, ...(backward === undefined ? [] : [backward])].flatMap((each) =>
    phaseNames.flatMap((name) => each[name].map((segment) => [...segment.rows])),
  );
const worksOf = ({ shared, forward, backward }: Plan): Work[] => [
  ...shared,
  ...allOf(forward),
  ...(backward === undefined ? [] : allOf(backward)),
];

/** A cell in its region, while some works run. */
interface Held extends Spot {
  readonly cell: number;
  readonly end: number;
  readonly from: number;
  readonly until: number;
}

function overlaps(held: readonly Held[]): string[] {
  return held.flatMap((a, i) =>
    held
      .slice(i + 1)
      .filter((b) => a.region === b.region && a.offset < b.end && b.offset < a.end)
      .filter((b) => a.from <= b.until && b.from <= a.until)
      .map((b) => `${a.cell} and ${b.cell} in ${a.region}`),
  );
}

function held({ layout, lowered }: Plan, cell: number, [from, until]: readonly [number, number]): Held {
  const spot = layout.spots.get(cell);
  if (spot === undefined) throw new Error(`cell ${cell} has no place`);
  return { cell, ...spot, end: spot.offset + padded8(lowered.cells[cell]?.size ?? 0), from, until };
}

describe('a layout', () => {
  it('keeps cells apart that are kept for longer than a segment', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const kept = [...plan.layout.spots].filter(([, { region }]) => region !== 'scratch');
        expect(overlaps(kept.map(([cell]) => held(plan, cell, [0, 0])))).toEqual([]);
      }),
    );
  });

  it('keeps cells apart that a segment needs at the same time', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        for (const works of rows(plan)) {
          const uses = works.map(cellsOf);
          const scratch = [...new Set(uses.flat())].map((cell) =>
            held(plan, cell, [
              uses.findIndex((cells) => cells.includes(cell)),
              uses.reduce((last, cells, i) => (cells.includes(cell) ? i : last), 0),
            ]),
          );
          expect(overlaps(scratch.filter(({ region }) => region === 'scratch'))).toEqual([]);
        }
      }),
    );
  });

  it('keeps nothing in scratch from one segment to another', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const inRows = rows(plan);
        const sharing = worksOf(plan).filter((work) => !inRows.some((works) => works.includes(work)));
        const scratch = (works: readonly Work[]) =>
          new Set(works.flatMap(cellsOf).filter((cell) => plan.layout.spots.get(cell)?.region === 'scratch'));
        const users = [...inRows, sharing].flatMap((works) => [...scratch(works)]);
        expect(new Set(users).size).toBe(users.length);
        expect(scratch(sharing).size).toBe(0);
      }),
    );
  });

  it('has a place within its region for every cell that is read or written', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const { pitches } = plan.layout;
        const pitchOf: Record<string, string> = { frameBefore: 'frame', slopeOut: 'slopeIn' };
        for (const cell of new Set(worksOf(plan).flatMap(cellsOf))) {
          const { region, end } = held(plan, cell, [0, 0]);
          if (region.startsWith('captured')) continue;
          expect(end).toBeLessThanOrEqual(pitches[pitchOf[region] ?? region] ?? 0);
        }
      }),
    );
  });

  it('has the state in the same slots of all frames', () => {
    fc.assert(
      fc.property(plans, ({ layout: { spots, slots }, lowered: { roles } }) => {
        const at = (cells: readonly (number | undefined)[]) => cells.map((cell) => spots.get(cell ?? -1));
        expect(at(roles.state)).toEqual(slots.map((offset) => ({ region: 'frameBefore', offset })));
        expect(at(roles.nextState)).toEqual(slots.map((offset) => ({ region: 'frame', offset })));
      }),
    );
  });
});
