import type { Roles } from '../plan/lower.js';
import type { Plan } from '../plan/plan.js';
import { type Schedule, worksOf } from '../plan/schedule.js';
import { readsOf, type Work, writesOf } from '../plan/work.js';

/** What leaves or enters a step, in words. */
const roleNames: Partial<Record<keyof Roles, string>> = {
  x: 'x',
  state: 'state before',
  captured: 'weights',
  outputs: 'output',
  nextState: 'state after',
  outputSlope: 'slope of output',
  stateSlope: 'slope of state after',
  newStateSlope: 'slope of state before',
  xSlope: 'slope of x',
  capturedSlope: 'slopes of weights',
};

const passNames = { forward: 'forward', backward: 'back' } as const;

/** A plan as a Mermaid chart: its works in their phases, and what each reads of which other. For people. */
export function chart(plan: Plan): string {
  const { forward, backward, lowered } = plan;
  const works = new Map<Work, string>();
  const lines = (['forward', 'backward'] as const).flatMap((pass) => {
    const schedule = pass === 'forward' ? forward : backward;
    return schedule === undefined ? [] : groupsOf(schedule, passNames[pass], works);
  });
  return ['flowchart TD', ...lines, ...arrowsOf(works, lowered.roles)].join('\n');
}

/** The phases of a pass, and names for their works. */
function groupsOf(schedule: Schedule, pass: string, works: Map<Work, string>): string[] {
  const { before, steps, after, sums, closing } = schedule;
  const phases: readonly (readonly [title: string, works: readonly Work[]])[] = [
    ['before the steps', before.flatMap(worksOf)],
    ['each step', steps.flatMap(worksOf)],
    ['after the steps', [...after.flatMap(worksOf), ...sums, ...closing]],
  ];
  return phases.flatMap(([title, all], phase) => {
    if (all.length === 0) return [];
    const boxes = all.map((work) => {
      const id = `w${works.size}`;
      works.set(work, id);
      return `    ${id}["${textOf(work)}"]`;
    });
    return [`  subgraph ${pass}${phase}["${pass}, ${title}"]`, ...boxes, '  end'];
  });
}

function textOf(work: Work): string {
  switch (work.kind) {
    case 'loop': {
      const functions = [...work.terms, ...work.reductions].map(({ f }) => f);
      const said = functions.length > 10 ? `${functions.length} functions` : functions.join(' ') || 'copy';
      return `loop ${work.sizes.join('×')}: ${said}`;
    }
    case 'call':
      return `call ${work.name}`;
    case 'product': {
      const { rows, columns } = work.weight;
      return `product with ${work.transposed ? 'the transpose of ' : ''}[${rows}, ${columns}]`;
    }
    case 'weightSlope':
      return `slope of [${work.depth}, ${work.columns}], over all steps and sequences`;
    case 'rowSum':
      return `sum of [${work.count}], over all steps and sequences`;
  }
}

/** From the work that wrote a cell last to each that reads it; from and to what enters and leaves. */
function arrowsOf(works: ReadonlyMap<Work, string>, roles: Roles): string[] {
  const namesOf = (wanted: readonly (keyof Roles)[]) =>
    new Map(
      wanted.flatMap((role) =>
        roles[role].flatMap((cell) =>
          cell === undefined ? [] : [[cell, `${role}(["${roleNames[role]}"])`]],
        ),
      ),
    );
  const entering = namesOf(['x', 'state', 'captured', 'outputSlope', 'stateSlope']);
  const leaving = namesOf(['outputs', 'nextState', 'newStateSlope', 'xSlope', 'capturedSlope']);
  const arrows = new Set<string>();
  const writers = new Map<number, string>();
  for (const [work, id] of works) {
    for (const cell of readsOf(work)) {
      const from = writers.get(cell) ?? entering.get(cell);
      if (from !== undefined && from !== id) arrows.add(`  ${from} --> ${id}`);
    }
    for (const cell of writesOf(work)) writers.set(cell, id);
  }
  for (const [cell, name] of leaving) {
    const from = writers.get(cell);
    if (from !== undefined) arrows.add(`  ${from} --> ${name}`);
  }
  return [...arrows];
}
