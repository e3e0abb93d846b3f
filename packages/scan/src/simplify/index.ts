import type { Graph } from '../graph/graph.js';
import { factors, sums } from './chains.js';
import { cost } from './cost.js';
import { folds, foldsOfBroadcasts, foldsOfFolds } from './folds.js';
import { live, type Wanted } from './live.js';
import { algebra, mapOfSmall, operandsOfMap } from './maps.js';
import { outerProducts, transposes } from './products.js';
import { type Rules, rewrite } from './rewriter.js';
import { split } from './split.js';
import { concats, views } from './views.js';

const RULES: Rules = [
  operandsOfMap,
  mapOfSmall,
  algebra,
  sums,
  factors,
  views,
  concats,
  folds,
  foldsOfBroadcasts,
  foldsOfFolds,
  outerProducts,
  transposes,
];

function settle(graph: Graph): Graph {
  let best = graph;
  for (;;) {
    const next = live(rewrite(best, RULES));
    if (cost(next) >= cost(best)) return best;
    best = next;
  }
}

/** The same step with fewer nodes, and less work in them: constants folded, nothing computed twice or for nothing. */
export function simplify(graph: Graph, wanted?: Wanted): Graph {
  const first = live(rewrite(live(graph, wanted), RULES));
  return settle(live(split(first, RULES)));
}

export { cost } from './cost.js';
export type { Wanted } from './live.js';
export { recompute } from './recompute.js';
