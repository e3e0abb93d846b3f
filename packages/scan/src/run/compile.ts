import type { Graph } from '../graph/graph.js';
import type { Wanted } from '../plan/plan.js';
import { recompute, simplify } from '../simplify/index.js';
import { Obstacle } from '../trace/obstacle.js';
import { traceStep } from '../trace/trace.js';
import type { Compiler } from './compiled.js';
import { createKnown } from './known.js';
import type { Planned } from './plans.js';

/** A compiler that plans graphs by `plan`. */
export function compilerBy(plan: (graph: Graph, wanted: Wanted) => Planned): Compiler {
  const known = createKnown<Planned>();
  return (flat, x, state, history) => {
    const traced = traceStep(flat, x, state, history);
    if (traced.gradientObstacle !== undefined) throw new Obstacle(traced.gradientObstacle);
    if (traced.graph.outputs.some(({ shape }) => shape[0] !== 1)) {
      throw new Obstacle('step: an output has several rows for a sequence');
    }
    const wanted = history === 'kept' ? 'back' : 'forward';
    const planned = known(traced.graph, wanted, () => {
      const simple = simplify(traced.graph);
      return plan(wanted === 'back' ? recompute(simple) : simple, wanted);
    });
    return { traced, planned };
  };
}
