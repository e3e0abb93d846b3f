import type { Graph } from '../graph/graph.js';
import { factors, sums } from './chains.js';
import { cost } from './cost.js';
import { factorsOfFolds, factorsOfProducts } from './factors.js';
import { folds, foldsOfBroadcasts, foldsOfFolds } from './folds.js';
import { live, type Wanted } from './live.js';
import { algebra, mapOfSmall, operandsOfMap } from './maps.js';
import { outerProducts, transposes } from './products.js';
import { type Rules, rewrite } from './rewriter.js';
import { split } from './split.js';
import { concats, views } from './views.js';

const RULES: Rules = {
  map: [operandsOfMap, mapOfSmall, algebra, sums, factors],
  view: [views],
  concat: [concats],
  fold: [folds, foldsOfBroadcasts, foldsOfFolds, factorsOfFolds],
  product: [outerProducts, transposes, factorsOfProducts],
};

/** The same step with fewer nodes, and less work in them: constants folded, nothing computed twice or for nothing. */
export function simplify(graph: Graph, wanted?: Wanted): Graph {
  let before = live(rewrite(live(graph, wanted), RULES));
  let after = live(split(before, RULES));
  // What is read once only is known after a pass.
  for (let pass = 0; pass < 3 && cost(after) < 0.98 * cost(before); pass++) {
    before = after;
    after = live(rewrite(before, RULES));
  }
  return after;
}

export { cost } from './cost.js';
export type { Wanted } from './live.js';
export { recompute } from './recompute.js';
