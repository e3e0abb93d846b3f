import { countOf, type Kind, type Operand, type Shape } from '../graph/graph.js';
import { broadcastShape } from '../graph/shapes.js';
import { build, type Chain, collect, costOf, PRODUCT, plan, release, scaled, type Term } from './chains.js';
import { foldedShape } from './folds.js';
import { peel } from './maps.js';
import { swapped } from './products.js';
import { forOp, type Rewriter } from './rewriter.js';

/** What an operand is a product of, if anything. */
function chainOf(to: Rewriter, operand: Operand): Chain | undefined {
  const node = peel(to, operand, PRODUCT.names);
  if (!node) return undefined;
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

/** The terms of a product that can be multiplied after a sum, those that its other operand can take, and the others. */
interface Parts {
  readonly outer: readonly Term[];
  readonly deep: readonly Term[];
  readonly inner: readonly Term[];
  /** Of the inner ones. */
  readonly shape: Shape;
}

/**
 * Parts a chain; undefined if it does not pay.
 *
 * @param isSame whether a term of this shape is the same along all that is summed
 * @param isDeep whether it is the same along all else
 * @param out what is multiplied after the sum
 * @param other what takes the deep ones
 */
function partsOf(
  to: Rewriter,
  chain: Chain,
  rank: number,
  kind: Kind,
  [out, isSame]: readonly [Shape, (shape: Shape) => boolean],
  [other, isDeep]: readonly [Shape, (shape: Shape) => boolean] = [[], () => false],
): Parts | undefined {
  const terms = chain.terms.map((term) => ({
    ...term,
    operand: { ...term.operand, shape: padded(term.operand.shape, rank) },
  }));
  // What is multiplied after a sum over sequences and steps must be the same in all of them.
  const isOuter = ({ operand, kind: own }: Term) =>
    isSame(operand.shape) && (kind !== 'sum' || own === 'shared');
  const outer = terms.filter(isOuter);
  const rest = terms.filter((term) => !isOuter(term));
  const full = rest.filter(({ operand }) => !isDeep(operand.shape));
  const inner = full.length ? full : rest;
  const deep = rest.filter((term) => !inner.includes(term));
  const moved = outer.length || chain.scale !== 1;
  if (!inner.length || (!moved && !deep.length)) return undefined;
  const cost = (moved ? costOf(out, kind) : 0) + (deep.length ? costOf(other, 'row') : 0);
  if (plan(to, PRODUCT, chain, inner) + cost >= chain.cost + chain.freed) return undefined;
  return { outer, deep, inner, shape: broadcastShape(inner.map(({ operand }) => operand.shape)) ?? [] };
}

/** An operand times terms in other shapes. */
function times(
  to: Rewriter,
  chain: Chain,
  operand: Operand,
  terms: readonly Term[],
  reshape: (shape: Shape) => Shape,
) {
  const all = terms.map((term) => ({
    ...term,
    operand: { ...term.operand, shape: reshape(term.operand.shape) },
  }));
  return build(to, PRODUCT, chain, [{ operand, kind: to.kindOf([operand]), inverse: false }, ...all]);
}

/** Sums of products: factors that are the same along the axes are multiplied after the sum. */
export const factorsOfFolds = forOp('fold', (to, { op, inputs: [input], shape, kind }) => {
  if (!input || op.f !== 'sum' || countOf(input.shape) === countOf(shape)) return undefined;
  const chain = chainOf(to, input);
  if (!chain) return undefined;
  const rank = input.shape.length;
  const parts = partsOf(to, chain, rank, kind, [shape, (own) => op.axes.every((axis) => own[axis] === 1)]);
  if (parts) release(to, chain);
  const summand = parts && build(to, PRODUCT, chain, parts.inner);
  if (!parts || !summand) return undefined;
  const reshape = (own: Shape) => foldedShape(own, op.axes, shape.length === rank);
  const summed = to.make(op, [{ ...summand, shape: parts.shape }], reshape(parts.shape), kind);
  const result = times(to, chain, summed, scaled(to, { ...chain, terms: [...parts.outer] }), reshape);
  return result && to.broadcast(result, shape);
});

/** Products of products: factors of rows are multiplied after it, those of columns in the other operand. */
export const factorsOfProducts = forOp('product', (to, { op, inputs, shape, kind }) => {
  const same = (own: Shape) => own;
  const depths = [op.transposeA ? -2 : -1, op.transposeB ? -1 : -2];
  for (const [i, operand] of inputs.entries()) {
    const other = inputs[1 - i];
    const chain = chainOf(to, operand);
    if (!chain || !other) continue;
    const depth = depths[i] ?? -1;
    const parts = partsOf(
      to,
      chain,
      operand.shape.length,
      kind,
      [shape, (own) => own.at(depth) === 1],
      [other.shape, (own) => own.at(-3 - depth) === 1],
    );
    if (!parts || parts.shape.at(depth) !== operand.shape.at(depth)) continue;
    release(to, chain);
    const inner = build(to, PRODUCT, chain, parts.inner);
    const deep = times(to, chain, other, parts.deep, depth === depths[1 - i] ? same : swapped);
    if (!inner || !deep) continue;
    const all = [
      { ...inner, shape: parts.shape },
      { ...deep, shape: other.shape },
    ];
    const front = broadcastShape(all.map((each) => each.shape.slice(0, -2))) ?? [];
    const [m = 1, n = 1] = shape.slice(-2);
    const free = parts.shape.at(-3 - depth) ?? 1;
    const summed = to.make(op, i ? all.reverse() : all, [...front, ...(i ? [m, free] : [free, n])], kind);
    const terms = scaled(to, { ...chain, terms: [...parts.outer] });
    const result = times(to, chain, summed, terms, depth === (i ? -2 : -1) ? same : swapped);
    if (result) return to.broadcast(result, shape);
  }
  return undefined;
});
