import { countOf, type Kind, type Operand, type Shape, type ValueId } from '../graph/graph.js';
import { broadcastShape } from '../graph/shapes.js';
import { OVERHEAD } from './cost.js';
import { peel } from './maps.js';
import { joinPads } from './pads.js';
import { type Draft, forOp, type OpOf, type Rewriter } from './rewriter.js';

type Name = OpOf<'map'>['f'];

/** An operation that can be done in any order, and how it is undone. */
interface Group {
  readonly join: Name;
  readonly undo: Name;
  /** The undoing of one operand alone. */
  readonly inverse: Name;
  readonly names: readonly Name[];
}

export const SUM: Group = { join: 'add', undo: 'sub', inverse: 'neg', names: ['add', 'sub', 'neg'] };
export const PRODUCT: Group = {
  join: 'mul',
  undo: 'div',
  inverse: 'reciprocal',
  names: ['mul', 'div', 'reciprocal', 'neg'],
};

/** Part of a sum or a product: added or multiplied, or the inverse of that. */
export interface Term {
  readonly operand: Operand;
  readonly kind: Kind;
  readonly inverse: boolean;
}

/** The terms of a chain of nodes that nothing else reads. */
export interface Chain {
  readonly terms: Term[];
  /** Of a product: what remains of its constants and negations. */
  scale: number;
  /** Of all its nodes. */
  cost: number;
  /** Its share of the nodes that others read, too. */
  freed: number;
  /** What its nodes compute. */
  readonly own: Set<ValueId>;
}

export const costOf = (shape: Shape, kind: Kind) => (kind === 'row' ? OVERHEAD + countOf(shape) : 1);

/** The node that computes `operand`, if it belongs to a chain: one that nothing else reads, or that scales one tensor. */
function partOf(to: Rewriter, group: Group, operand: Operand, alone: boolean) {
  const node = peel(to, operand, group.names);
  if (!node) return undefined;
  const sole = alone && to.sole(operand.value) !== undefined;
  if (!sole) {
    const count = countOf(operand.shape);
    if (group === SUM || node.inputs.every(({ shape }) => countOf(shape) === count)) return undefined;
  }
  return { ...node, shape: operand.shape, kind: to.kindOf(node.inputs), sole };
}

/**
 * Collects what `draft` is a sum or a product of.
 *
 * @param alone whether nothing else reads it
 */
export function collect(
  to: Rewriter,
  group: Group,
  { op: { f }, inputs, shape, kind }: Draft<OpOf<'map'>>,
  alone = true,
  chain: Chain = { terms: [], scale: 1, cost: 0, freed: 0, own: new Set() },
  inverse = false,
): Chain {
  chain.cost += costOf(shape, kind);
  const product = group === PRODUCT;
  if (product && f === 'neg') chain.scale *= -1;
  inputs.forEach((operand, i) => {
    const undone = inverse !== (f === (i ? group.undo : group.inverse));
    const uniform = product ? to.uniform(operand.value) : undefined;
    if (uniform) chain.scale *= undone ? 1 / uniform : uniform;
    else if (!follow(to, group, operand, alone, chain, undone))
      chain.terms.push({ operand, kind: to.kindOf([operand]), inverse: undone });
  });
  return chain;
}

function follow(
  to: Rewriter,
  group: Group,
  operand: Operand,
  alone: boolean,
  chain: Chain,
  undone: boolean,
): boolean {
  const node = partOf(to, group, operand, alone);
  if (!node) return false;
  const constant = node.inputs.find((input) => to.uniform(input.value));
  // Of a divisor, only a constant factor.
  if (group === PRODUCT && undone && !(node.op.f === 'neg' || (node.op.f === 'mul' && constant)))
    return false;
  collect(to, group, node, node.sole, chain, undone);
  if (node.sole) chain.own.add(operand.value);
  else {
    const cost = costOf(node.shape, node.kind);
    chain.cost -= cost;
    chain.freed += cost / (to.uses[operand.value] || 1);
  }
  return true;
}

/** Joins operands; `found` is the shape, and the value if a node is there already. */
type Make = (found: Operand, f: Name, kind: Kind, inputs: readonly Operand[]) => Operand;

interface Joined {
  readonly operand: Operand;
  readonly cost: number;
}

/** Joins the terms, those first that are smallest together or joined already. Returns the result and what it costs. */
function join(
  to: Rewriter,
  group: Group,
  own: ReadonlySet<ValueId>,
  given: readonly Term[],
  make: Make,
): Joined | undefined {
  const terms = [...given];
  let cost = 0;
  while (terms.length > 1) {
    let best:
      | (Joined & { f: Name; kind: Kind; i: number; j: number; inverse: boolean; inputs: Operand[] })
      | undefined;
    for (let i = 0; i < terms.length; i++)
      for (let j = i + 1; j < terms.length; j++) {
        const [a, b] = [terms[i], terms[j]];
        // Products of divisors could overflow where the quotients do not.
        if (!a || !b || (group === PRODUCT && a.inverse && b.inverse)) continue;
        const [first, second] = a.inverse && !b.inverse ? [b, a] : [a, b];
        const shape = broadcastShape([a.operand.shape, b.operand.shape]) ?? [];
        const kind = [a.kind, b.kind].find((each) => each !== 'shared') ?? 'shared';
        const f = first.inverse === second.inverse ? group.join : group.undo;
        const inputs = [first.operand, second.operand];
        // Nodes that scale a tensor are taken apart, so they are not put together again.
        const full = group === PRODUCT && inputs.every((input) => countOf(input.shape) === countOf(shape));
        const found = full ? to.find({ op: { op: 'map', f }, inputs, shape, kind }) : undefined;
        const price = found && !own.has(found.value) ? 0 : costOf(shape, kind);
        if (!best || price < best.cost)
          best = {
            operand: found ?? { value: -1, shape },
            cost: price,
            f,
            kind,
            i,
            j,
            inverse: first.inverse,
            inputs,
          };
      }
    if (!best) return undefined;
    const { f, kind, inverse, inputs } = best;
    const operand = make(best.operand, f, kind, inputs);
    cost += best.cost;
    terms.splice(best.j, 1);
    terms[best.i] = { operand, kind, inverse };
  }
  const [one] = terms;
  if (!one) return undefined;
  if (!one.inverse) return { operand: one.operand, cost };
  const { shape } = one.operand;
  const operand = make({ value: -1, shape }, group.inverse, one.kind, [one.operand]);
  return { operand, cost: cost + costOf(shape, one.kind) };
}

/** What the terms of a chain would cost. */
export function plan(to: Rewriter, group: Group, { own }: Chain, terms: readonly Term[]): number {
  return join(to, group, own, terms, (found) => found)?.cost ?? Infinity;
}

export function build(
  to: Rewriter,
  group: Group,
  { own }: Chain,
  terms: readonly Term[],
): Operand | undefined {
  const make: Make = (found, f, _, inputs) => {
    if (found.value < 0) return to.map(f, found.shape, ...inputs);
    to.uses[found.value] = (to.uses[found.value] ?? 0) + 1;
    return found;
  };
  return join(to, group, own, terms, make)?.operand;
}

/** Notes that nothing reads the nodes of a chain any more. */
export function release(to: Rewriter, { own }: Chain): void {
  for (const value of own) to.uses[value] = 0;
}

/** The scale of a chain as one of its terms. */
export function scaled(to: Rewriter, { terms, scale }: Chain): readonly Term[] {
  return scale === 1 ? terms : [...terms, { operand: to.scalar(scale), kind: 'shared', inverse: false }];
}

/** What the terms cost at least: the large ones are joined with each other, and with what is made of the others. */
function leastOf(terms: readonly Term[], { shape, kind }: Draft): number {
  const large = terms.filter(
    (term) => term.kind === kind && countOf(term.operand.shape) === countOf(shape),
  ).length;
  return (large < terms.length ? large : large - 1) * costOf(shape, kind);
}

/** Does sums and products in the order in which small tensors come first. */
const ordered = (group: Group) =>
  forOp('map', (to, draft) => {
    const isOne = (node: Pick<Draft, 'op'> | undefined) =>
      node?.op.op === 'map' && group.names.includes(node.op.f);
    if (!isOne(draft) || !draft.inputs.some(({ value }) => isOne(to.producer(value)))) return undefined;
    const chain = collect(to, group, draft);
    if (!chain.freed && !chain.own.size) return undefined;
    const terms = group === SUM ? joinPads(to, chain.terms) : scaled(to, chain);
    if (group === SUM && leastOf(terms, draft) >= chain.cost) return undefined;
    if (plan(to, group, chain, terms) >= chain.cost + chain.freed) return undefined;
    release(to, chain);
    const made = build(to, group, chain, terms);
    return made && to.broadcast(made, draft.shape);
  });

export const sums = ordered(SUM);
export const factors = ordered(PRODUCT);
