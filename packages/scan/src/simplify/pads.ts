import type { Operand, Shape } from '../graph/graph.js';
import { sameShape } from '../graph/shapes.js';
import type { Term } from './chains.js';
import type { Rewriter } from './rewriter.js';

/** A tensor that zeros make larger along one axis. */
interface Padded {
  readonly term: Term;
  readonly piece: Operand;
  readonly axis: number;
  readonly start: number;
  readonly shape: Shape;
}

function paddedOf(to: Rewriter, term: Term): Padded | undefined {
  const { value, shape } = term.operand;
  const node = to.sole(value);
  const [piece] = node?.inputs ?? [];
  if (node?.op.op !== 'pad' || node.op.value || !piece || !sameShape(to.shapeOf(value), shape))
    return undefined;
  const axes = shape.flatMap((count, axis) => (count === piece.shape[axis] ? [] : [axis]));
  const [axis] = axes;
  if (axis === undefined || axes.length > 1) return undefined;
  return { term, piece, axis, start: node.op.before[axis] ?? 0, shape };
}

/** Padded tensors that make a whole one when added up become its pieces. */
export function joinPads(to: Rewriter, terms: readonly Term[]): readonly Term[] {
  const all = terms.flatMap((term) => paddedOf(to, term) ?? []);
  for (const first of all) {
    const pieces: Padded[] = [];
    let end = 0;
    for (;;) {
      const next = all.find(
        (each) =>
          each.start === end &&
          each.axis === first.axis &&
          each.term.inverse === first.term.inverse &&
          sameShape(each.shape, first.shape),
      );
      if (!next) break;
      pieces.push(next);
      end += next.piece.shape[next.axis] ?? 0;
    }
    if (pieces.length < 2 || end !== first.shape[first.axis]) continue;
    const used = pieces.map(({ term }) => term);
    const inputs = pieces.map(({ piece }) => piece);
    const operand = to.make({ op: 'concat', axis: first.axis }, inputs, first.shape);
    const rest = terms.filter((term) => !used.includes(term));
    return joinPads(to, [...rest, { ...first.term, operand }]);
  }
  return terms;
}
