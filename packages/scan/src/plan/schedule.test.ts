import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Builder } from '../graph/builder.js';
import type { Graph, Operand } from '../graph/graph.js';
import { randomGraph } from '../graph/random.js';
import { lower } from './lower.js';
import { neededFor, phaseNames, type Schedule, schedule } from './schedule.js';
import { type Pass, readsOf, type Work, writesOf } from './work.js';

const none = { x: [], state: [], captured: [] };
const scheduled = (graph: Graph, pass: Pass, smallestWeight = 1) => {
  const lowered = lower(graph, smallestWeight);
  const works = lowered.works.filter((work) => work.order !== 'shared' && work.pass === pass);
  return { ...lowered, schedule: schedule(lowered, works, pass) };
};

/** How many products each phase has in a step of this output and next state. */
function productsOf(build: (g: Builder, x: Operand, h: Operand, w: Operand) => [Operand, Operand]) {
  const g = new Builder();
  const [x, h, w] = [g.x(1, 4), g.state(1, 4), g.captured(4, 4)];
  const [output, next] = build(g, x, h, w);
  const found = scheduled(g.graph([output], [next], none), 'forward').schedule;
  return phaseNames.map((name) => found[name].reduce((sum, { products }) => sum + products.length, 0));
}

/** Works in the order in which one step runs them. */
const inOrder = (each: Schedule): Work[] =>
  phaseNames.flatMap((name) => each[name].flatMap(({ rows, products }) => [...rows, ...products]));

describe('the phases of a schedule', () => {
  it('multiply x before the steps, and the state in them', () => {
    expect(productsOf((g, x, h, w) => [h, g.map('tanh', [1, 4], g.product('', [1, 4], x, w))])).toEqual([
      1, 0, 0,
    ]);
    expect(productsOf((g, _x, h, w) => [h, g.map('tanh', [1, 4], g.product('', [1, 4], h, w))])).toEqual([
      0, 1, 0,
    ]);
  });

  it('leave in the steps what only products of the state read', () => {
    const g = new Builder();
    const [x, h, w] = [g.x(1, 4), g.state(1, 4), g.captured(4, 4)];
    const next = g.product('', [1, 4], g.map('mul', [1, 4], h, g.map('exp', [1, 4], x)), w);
    const { before, steps } = scheduled(g.graph([h], [next], none), 'forward').schedule;
    expect(before).toEqual([]);
    expect(steps).toHaveLength(1);
  });

  it('split a sum of both', () => {
    const sum = (g: Builder, x: Operand, h: Operand, w: Operand) =>
      g.map('add', [1, 4], g.product('', [1, 4], x, w), g.product('', [1, 4], h, w));
    expect(productsOf((g, x, h, w) => [h, g.map('tanh', [1, 4], sum(g, x, h, w))])).toEqual([1, 1, 0]);
  });

  it('compute after the steps what only outputs need', () => {
    expect(productsOf((g, x, h, w) => [g.product('', [1, 4], h, w), x])).toEqual([0, 0, 1]);
  });
});

describe('a schedule of a random graph', () => {
  const cases = fc.tuple(
    randomGraph(),
    fc.constantFrom<Pass>('forward', 'backward'),
    fc.constantFrom(1, 512),
  );

  it('runs each work behind those that wrote what it reads', () => {
    fc.assert(
      fc.property(cases, ([{ graph }, pass, smallestWeight]) => {
        const { works, schedule: found } = scheduled(graph, pass, smallestWeight);
        const places = new Map(inOrder(found).map((work, i) => [work, i]));
        const rows = works.filter((work) => places.has(work));
        for (const [i, work] of rows.entries()) {
          const reads = new Set(readsOf(work));
          for (const before of rows.slice(0, i).filter((each) => writesOf(each).some((to) => reads.has(to))))
            expect(places.get(before)).toBeLessThan(places.get(work) ?? -1);
        }
      }),
    );
  });

  it('computes before the steps nothing that depends on the state, and in them nothing that comes after', () => {
    fc.assert(
      fc.property(cases, ([{ graph }, pass, smallestWeight]) => {
        const { roles, schedule: found } = scheduled(graph, pass, smallestWeight);
        const [before, steps, after] = phaseNames.map((name) => inOrder({ ...empty, [name]: found[name] }));
        const written = (works: readonly Work[] = []) => works.flatMap(writesOf);
        const carried = pass === 'forward' ? roles.state : roles.stateSlope;
        const isReadBy = (works: readonly Work[] = []) => new Set<number | undefined>(works.flatMap(readsOf));
        const inBefore = isReadBy(before);
        for (const cell of [...carried, ...written(steps), ...written(after)])
          expect(inBefore.has(cell)).toBe(false);
        const inSteps = isReadBy(steps);
        for (const cell of written(after)) expect(inSteps.has(cell)).toBe(false);
      }),
    );
  });

  it('runs each work once', () => {
    fc.assert(
      fc.property(cases, ([{ graph }, pass, smallestWeight]) => {
        const { works, schedule: found } = scheduled(graph, pass, smallestWeight);
        const all = [...inOrder(found), ...found.sums, ...found.closing];
        const own = works.filter((work) => work.order !== 'shared' && work.pass === pass);
        expect(new Set(all)).toEqual(new Set(own));
        expect(all.length).toBe(own.length);
      }),
    );
  });
});

const empty: Schedule = { before: [], steps: [], after: [], sums: [], closing: [] };

it('needs the works that lead to what is wanted, and no others', () => {
  const g = new Builder();
  const x = g.x(1, 4);
  const [first, idle] = [g.map('tanh', [1, 4], x), g.map('exp', [1, 4], x)];
  const { works, roles } = lower(g.graph([g.map('neg', [1, 4], first), idle], [], none), 1);
  const functions = neededFor(works, [roles.outputs[0]]).map((work) =>
    work.kind === 'loop' ? work.terms.map(({ f }) => f) : work.kind,
  );
  expect(functions).toEqual([['tanh'], ['neg']]);
});
