import type { Graph } from '../graph/graph.js';

/** The most graphs that are remembered. */
const MOST = 16;

/** The plan of a graph and of what is wanted of it, made by `plan` if it is not known. */
export type Known<P extends object> = (graph: Graph, wanted: string, plan: () => P) => P;

/**
 * Remembers plans by their graphs, so that steps that do the same share one: nets of the same sizes, and a step that is made
 * again. A plan is remembered as long as somebody has it.
 */
export function createKnown<P extends object>(): Known<P> {
  const plans = new Map<string, WeakRef<P>>();
  return (graph, wanted, plan) => {
    const key = wanted + textOf(graph);
    const planned = plans.get(key)?.deref() ?? plan();
    plans.delete(key);
    plans.set(key, new WeakRef(planned));
    for (const oldest of plans.keys()) if (plans.size > MOST) plans.delete(oldest);
    return planned;
  };
}

/** The same text for equal graphs only. JSON has neither -0 nor NaN nor infinities. */
function textOf(graph: Graph): string {
  return JSON.stringify(graph, (_, each: unknown) => {
    if (each instanceof Float64Array) return bitsOf(each);
    return Object.is(each, -0) ? '-0' : typeof each === 'number' ? String(each) : each;
  });
}

/** All bits of each number; of one, where all are the same. */
function bitsOf(data: Float64Array): string {
  const bits = new BigInt64Array(data.buffer, data.byteOffset, data.length);
  const isUniform = data.every((each) => Object.is(each, data[0]));
  return isUniform ? `${bits.length} of ${bits[0]}` : bits.join();
}
