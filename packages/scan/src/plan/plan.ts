import type { Graph } from '../graph/graph.js';
import { fuse, withoutIdleStores } from './fuse.js';
import { type Layout, layOut, type Planned } from './layout.js';
import { type Lowered, lower } from './lower.js';
import { allOf, neededFor, resultsOf, type Schedule, type Segment, schedule } from './schedule.js';
import { type Call, type Loop, readsOf, type Work } from './work.js';

/** All that a step does, in order and with places, for programs to be written from. */
export interface Plan extends Planned {
  readonly lowered: Lowered;
  readonly shared: readonly (Loop | Call)[];
  readonly layout: Layout;
  /** The way back without the gradient of x. */
  readonly backwardAlone: Schedule | undefined;
}

/** What is wanted of a plan: the way forward alone, or with a way back. */
export type Wanted = 'forward' | 'back';

/** From so many numbers on, a weight is packed and multiplied with the rows of all sequences at once. */
const SMALLEST_WEIGHT = 512;

/** Plans a step. */
export function planOf(graph: Graph, wanted: Wanted, smallestWeight = SMALLEST_WEIGHT): Plan {
  const lowered = lower(graph, smallestWeight);
  const { works, roles } = lowered;
  const ends = [
    ...resultsOf(roles, 'forward', 'none'),
    ...(wanted === 'forward' ? [] : resultsOf(roles, 'backward', 'wanted')),
  ];
  const needed = neededFor(works, ends);
  const shared = needed.filter((work): work is Loop | Call => work.order === 'shared');
  const passOf = (pass: 'forward' | 'backward') =>
    schedule(
      lowered,
      needed.filter((work) => work.order !== 'shared' && work.pass === pass),
      pass,
    );
  const forward = passOf('forward');
  const backward = wanted === 'forward' ? undefined : passOf('backward');
  const fused = fuseAll({ lowered, shared, forward, backward }, ends);
  const backwardAlone = fused.backward && only(fused.backward, resultsOf(roles, 'backward', 'none'));
  return { ...fused, layout: layOut(fused), backwardAlone };
}

/** The part of a schedule that some results need. Lists of which all is needed stay as they are. */
function only(schedule: Schedule, results: readonly (number | undefined)[]): Schedule {
  const needed = new Set<Work>(neededFor(allOf(schedule), results));
  const ofNeeded = <W extends Work>(works: readonly W[]): readonly W[] =>
    works.every((work) => needed.has(work)) ? works : works.filter((work) => needed.has(work));
  const inSegments = (segments: readonly Segment[]): Segment[] =>
    segments.map(({ rows, products }) => ({ rows: ofNeeded(rows), products: ofNeeded(products) }));
  const { before, steps, after, sums, closing } = schedule;
  return {
    before: inSegments(before),
    steps: inSegments(steps),
    after: inSegments(after),
    sums: ofNeeded(sums),
    closing: ofNeeded(closing),
  };
}

/** Joins the loops of each segment, and leaves out what nothing reads. */
function fuseAll(
  { lowered, shared, forward, backward }: Planned,
  ends: readonly (number | undefined)[],
): Planned & { readonly shared: readonly (Loop | Call)[] } {
  const everything = [...shared, ...allOf(forward), ...(backward === undefined ? [] : allOf(backward))];
  const readers = new Map<number, Set<Work>>();
  for (const work of everything) {
    for (const cell of readsOf(work)) readers.set(cell, (readers.get(cell) ?? new Set()).add(work));
  }
  const joined = (works: readonly (Loop | Call)[]): (Loop | Call)[] => {
    const own = new Set<Work>(works);
    const isReadOutside = (cell: number): boolean =>
      ends.includes(cell) || [...(readers.get(cell) ?? [])].some((work) => !own.has(work));
    return withoutIdleStores(fuse(works), isReadOutside);
  };
  const inSegments = (segments: readonly Segment[]): Segment[] =>
    segments.map(({ rows, products }) => ({ rows: joined(rows), products }));
  const inSchedule = (each: Schedule): Schedule => ({
    before: inSegments(each.before),
    steps: inSegments(each.steps),
    after: inSegments(each.after),
    sums: each.sums,
    closing: joined(each.closing),
  });
  return {
    lowered,
    shared: joined(shared.filter(isRows)),
    forward: inSchedule(forward),
    backward: backward === undefined ? undefined : inSchedule(backward),
  };
}

function isRows(work: Work): work is Loop | Call {
  return work.kind === 'loop' || work.kind === 'call';
}
