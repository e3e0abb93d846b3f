import { countOf, type Kind, type Operand, type Shape } from '../graph/graph.js';
import { broadcastShape } from '../graph/shapes.js';
import { build, type Chain, collect, costOf, PRODUCT, plan, scaled, type Term } from './chains.js';
import { foldedShape } from './folds.js';
import { peel } from './maps.js';
import { swapped } from './products.js';
import { forOp, type Rewriter } from './rewriter.js';

/** What an operand is a product of, if anything. */
function chainOf(to: Rewriter, operand: Operand): Chain | undefined {
  const node = peel(to, operand);
  if (!node || !PRODUCT.names.includes(node.op.f)) return undefined;
  const { shape } = operand;
  const alone = to.sole(operand.value) !== undefined;
  const chain = collect(to, PRODUCT, { ...node, shape, kind: to.kindOf(node.inputs) }, alone);
  // Of a node that others read only a share is saved.
  if (!alone) chain.cost = costOf(shape, to.kindOf([operand])) / (to.uses[operand.value] || 1);
  return chain;
}

const padded = (shape: Shape, rank: number): Shape => [
  ...Array<number>(Math.max(0, rank - shape.length)).fill(1),
  ...shape,
];

/** The terms of a product that can be multiplied after a sum, and the others. */
interface Parts {
  readonly outer: readonly Term[];
  readonly inner: readonly Term[];
  readonly shape: Shape;
}

/** Parts a chain by whether a term is the same along all of what is summed; undefined if it does not pay. */
function partsOf(
  to: Rewriter,
  chain: Chain,
  rank: number,
  kind: Kind,
  out: Shape,
  isSame: (shape: Shape) => boolean,
): Parts | undefined {
  const terms = chain.terms.map((term) => ({
    ...term,
    operand: { ...term.operand, shape: padded(term.operand.shape, rank) },
  }));
  // What is multiplied after a sum over sequences and steps must be the same in all of them.
  const isOuter = ({ operand, kind: own }: Term) =>
    isSame(operand.shape) && (kind !== 'sum' || own === 'shared');
  const outer = terms.filter(isOuter);
  const inner = terms.filter((term) => !isOuter(term));
  if (!inner.length || (!outer.length && chain.scale === 1)) return undefined;
  if (plan(to, PRODUCT, chain, inner) + costOf(out, kind) >= chain.cost + chain.freed) return undefined;
  return { outer, inner, shape: broadcastShape(inner.map(({ operand }) => operand.shape)) ?? [] };
}

/** The product of what was summed and of the terms that were not. */
function times(
  to: Rewriter,
  chain: Chain,
  summed: Operand,
  outer: readonly Term[],
  reshape: (shape: Shape) => Shape,
) {
  const terms = outer.map((term) => ({
    ...term,
    operand: { ...term.operand, shape: reshape(term.operand.shape) },
  }));
  const all: Term[] = [{ operand: summed, kind: to.kindOf([summed]), inverse: false }, ...terms];
  return build(to, PRODUCT, chain, scaled(to, { ...chain, terms: all }));
}

/** Sums of products: factors that are the same along the axes are multiplied after the sum. */
export const factorsOfFolds = forOp('fold', (to, { op, inputs: [input], shape, kind }) => {
  if (!input || op.f !== 'sum' || countOf(input.shape) === countOf(shape)) return undefined;
  const chain = chainOf(to, input);
  if (!chain) return undefined;
  const rank = input.shape.length;
  const parts = partsOf(to, chain, rank, kind, shape, (own) => op.axes.every((axis) => own[axis] === 1));
  const summand = parts && build(to, PRODUCT, chain, parts.inner);
  if (!parts || !summand) return undefined;
  const reshape = (own: Shape) => foldedShape(own, op.axes, shape.length === rank);
  const summed = to.make(op, [{ ...summand, shape: parts.shape }], reshape(parts.shape), kind);
  const result = times(to, chain, summed, parts.outer, reshape);
  return result && to.broadcast(result, shape);
});

/** Products of products: factors of rows are multiplied after it. */
export const factorsOfProducts = forOp('product', (to, { op, inputs, shape, kind }) => {
  const transposed = [op.transposeA, !op.transposeB];
  for (const [i, operand] of inputs.entries()) {
    const chain = chainOf(to, operand);
    if (!chain) continue;
    const depth = transposed[i] ? -2 : -1;
    const rank = operand.shape.length;
    const parts = partsOf(to, chain, rank, kind, shape, (own) => own.at(depth) === 1);
    if (!parts || parts.shape.at(depth) !== operand.shape.at(depth)) continue;
    const inner = build(to, PRODUCT, chain, parts.inner);
    if (!inner) continue;
    const free = parts.shape.at(-3 - depth) ?? 1;
    const all = inputs.map((each, at) => (at === i ? { ...inner, shape: parts.shape } : each));
    const front = broadcastShape(all.map((each) => each.shape.slice(0, -2))) ?? [];
    const [m = 1, n = 1] = shape.slice(-2);
    const summed = to.make(op, all, [...front, ...(i ? [m, free] : [free, n])], kind);
    const reshape = (own: Shape) => ((i ? op.transposeB : op.transposeA) ? swapped(own) : own);
    const result = times(to, chain, summed, parts.outer, reshape);
    if (result) return to.broadcast(result, shape);
  }
  return undefined;
});
