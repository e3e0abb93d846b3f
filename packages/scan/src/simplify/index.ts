import type { Graph } from '../graph/graph.js';
import { cost } from './cost.js';
import { folds, foldsOfBroadcasts, foldsOfFolds } from './folds.js';
import { live, type Wanted } from './live.js';
import { algebra, mapOfSmall, operandsOfMap } from './maps.js';
import { outerProducts, transposes } from './products.js';
import { type Rules, rewrite } from './rewriter.js';
import { concats, views } from './views.js';

const RULES: Rules = [
  operandsOfMap,
  mapOfSmall,
  algebra,
  views,
  concats,
  folds,
  foldsOfBroadcasts,
  foldsOfFolds,
  outerProducts,
  transposes,
];

/** The same step with fewer nodes, and less work in them: constants folded, nothing computed twice or for nothing. */
export function simplify(graph: Graph, wanted?: Wanted): Graph {
  let best = live(graph, wanted);
  for (;;) {
    const next = live(rewrite(best, RULES));
    if (cost(next) >= cost(best)) return best;
    best = next;
  }
}

export { cost } from './cost.js';
export type { Wanted } from './live.js';
