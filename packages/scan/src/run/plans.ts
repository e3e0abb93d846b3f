import type { Graph } from '../graph/graph.js';
import type { Plan } from '../plan/plan.js';

/** A step as kernels get it. */
export interface Planned {
  readonly graph: Graph;
  readonly plan: Plan;
  /** The floats that the way forward leaves the way back. */
  keptFloats(size: { readonly batch: number; readonly time: number }): number;
}

const plans = new Map<number, WeakRef<Planned>>();
let count = 0;

/** Gives a plan a number, since attributes of kernels are numbers. It holds as long as somebody has the plan. */
export function numbered(planned: Planned): number {
  plans.set(++count, new WeakRef(planned));
  return count;
}

/** The plan of that number. */
export function planNumbered(number: number): Planned {
  const planned = plans.get(number)?.deref();
  if (planned === undefined) throw new Error(`no plan ${number}`);
  return planned;
}
