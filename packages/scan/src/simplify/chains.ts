import { countOf, type Kind, type Operand, type Shape } from '../graph/graph.js';
import { broadcastShape } from '../graph/shapes.js';
import { OVERHEAD } from './cost.js';
import { peel } from './maps.js';
import { type Draft, forOp, type OpOf, type Rewriter } from './rewriter.js';

type Name = OpOf<'map'>['f'];

/** An operation that can be done in any order, and how it is undone. */
interface Group {
  readonly join: Name;
  readonly undo: Name;
  /** The undoing of one operand alone. */
  readonly inverse: Name;
}

const SUM: Group = { join: 'add', undo: 'sub', inverse: 'neg' };
const PRODUCT: Group = { join: 'mul', undo: 'div', inverse: 'reciprocal' };

/** The maps that make chains. */
const namesOf = ({ join: name, undo, inverse }: Group): readonly Name[] => [name, undo, inverse, 'neg'];

/** Part of a sum or a product: added or multiplied, or the inverse of that. */
interface Term {
  readonly operand: Operand;
  readonly kind: Kind;
  readonly inverse: boolean;
}

/** The terms of a chain of nodes that nothing else reads, and what these nodes cost. */
interface Chain {
  readonly terms: Term[];
  /** Of a product: what remains of its constants and negations. */
  scale: number;
  cost: number;
}

const costOf = (shape: Shape, kind: Kind) => (kind === 'row' ? OVERHEAD + countOf(shape) : 1);

/** Collects what `draft` is a sum or a product of. */
function collect(
  to: Rewriter,
  group: Group,
  { op: { f }, inputs, shape, kind }: Draft<OpOf<'map'>>,
  inverse: boolean,
  chain: Chain,
) {
  const product = group === PRODUCT;
  chain.cost += costOf(shape, kind);
  if (product && f === 'neg') chain.scale *= -1;
  inputs.forEach((operand, i) => {
    const undone = inverse !== (f === (i ? group.undo : group.inverse));
    const uniform = to.uniform(operand.value);
    const node = product && undone ? undefined : peel(to, operand, true);
    const own = node && to.kindOf(node.inputs);
    if (product && uniform && !undone) chain.scale *= uniform;
    else if (node && own && namesOf(group).includes(node.op.f))
      collect(to, group, { ...node, shape: operand.shape, kind: own }, undone, chain);
    else chain.terms.push({ operand, kind: to.kindOf([operand]), inverse: undone });
  });
}

/** Two of the terms as one. */
interface Pair {
  readonly shape: Shape;
  readonly kind: Kind;
  readonly cost: number;
}

function pairOf(a: Term, b: Term): Pair {
  const shape = broadcastShape([a.operand.shape, b.operand.shape]) ?? [];
  const kind = [a.kind, b.kind].find((each) => each !== 'shared') ?? 'shared';
  return { shape, kind, cost: costOf(shape, kind) };
}

/** Joins two terms by `make`, which may only note the shape. */
type Make = (f: Name, shape: Shape, kind: Kind, ...inputs: Operand[]) => Operand;

/** Joins the terms, those first that are smallest together. Returns the result and what it costs. */
function join(
  group: Group,
  given: readonly Term[],
  make: Make,
): { operand: Operand; cost: number } | undefined {
  const terms = [...given];
  let cost = 0;
  while (terms.length > 1) {
    let best: (Pair & { i: number; j: number }) | undefined;
    for (let i = 0; i < terms.length; i++)
      for (let j = i + 1; j < terms.length; j++) {
        const [a, b] = [terms[i], terms[j]];
        // Products of divisors could overflow where the quotients do not.
        if (!a || !b || (group === PRODUCT && a.inverse && b.inverse)) continue;
        const pair = pairOf(a, b);
        if (!best || pair.cost < best.cost) best = { ...pair, i, j };
      }
    const [a, b] = [terms[best?.i ?? -1], terms[best?.j ?? -1]];
    if (!a || !b || !best) return undefined;
    const { shape, kind } = best;
    const [first, second] = a.inverse && !b.inverse ? [b, a] : [a, b];
    const f = first.inverse === second.inverse ? group.join : group.undo;
    const operand = make(f, shape, kind, first.operand, second.operand);
    cost += best.cost;
    terms.splice(best.j, 1);
    terms[best.i] = { operand, kind, inverse: first.inverse };
  }
  const [one] = terms;
  if (!one) return undefined;
  if (!one.inverse) return { operand: one.operand, cost };
  const { shape } = one.operand;
  return { operand: make(group.inverse, shape, one.kind, one.operand), cost: cost + costOf(shape, one.kind) };
}

/** Does sums and products in the order in which small tensors come first. */
const ordered = (group: Group) =>
  forOp('map', (to, draft) => {
    if (!namesOf(group).includes(draft.op.f)) return undefined;
    const chain: Chain = { terms: [], scale: 1, cost: 0 };
    collect(to, group, draft, false, chain);
    if (chain.scale !== 1)
      chain.terms.push({ operand: to.scalar(chain.scale), kind: 'shared', inverse: false });
    const planned = join(group, chain.terms, (_, of) => ({ value: -1, shape: of }));
    if (!planned || planned.cost >= chain.cost) return undefined;
    const made = join(group, chain.terms, (f, of, _, ...inputs) => to.map(f, of, ...inputs));
    return made && to.broadcast(made.operand, draft.shape);
  });

export const sums = ordered(SUM);
export const factors = ordered(PRODUCT);
