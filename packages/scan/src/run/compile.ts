import type { Graph } from '../graph/graph.js';
import type { Wanted } from '../plan/plan.js';
import { recompute, simplify } from '../simplify/index.js';
import { Obstacle } from '../trace/obstacle.js';
import { traceStep } from '../trace/trace.js';
import type { Compiler } from './compiled.js';
import type { Planned } from './plans.js';

/** A compiler that plans graphs by `plan`. */
export function compilerBy(plan: (graph: Graph, wanted: Wanted) => Planned): Compiler {
  return (flat, x, state, history) => {
    const traced = traceStep(flat, x, state, history);
    if (traced.gradientObstacle !== undefined) throw new Obstacle(traced.gradientObstacle);
    const simple = simplify(traced.graph);
    const graph = history === 'kept' ? recompute(simple) : simple;
    if (graph.outputs.some(({ shape }) => shape[0] !== 1)) {
      throw new Obstacle('step: an output has several rows for a sequence');
    }
    return { traced, planned: plan(graph, history === 'kept' ? 'back' : 'forward') };
  };
}
