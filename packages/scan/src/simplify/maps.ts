import { countOf, type Operand, type Shape } from '../graph/graph.js';
import { broadcastShape, realign, sameShape } from '../graph/shapes.js';
import { type Draft, forOp, type OpOf, type Rewriter } from './rewriter.js';
import { narrow } from './views.js';

type MapOp = OpOf<'map'>;

/** Functions whose result is 0 or 1. */
const TRUTH = new Set<string>([
  ...['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or', 'xor'],
  ...['not', 'truth', 'step', 'isNaN', 'isInf', 'isFinite'],
]);
/** Functions whose result is whole. */
const WHOLE = new Set<string>([...TRUTH, 'floor', 'ceil', 'round', 'truncate', 'sign', 'floorDiv']);

/**
 * The map that computes what `operand` reads, its own operands in shapes that are broadcast to the operand's.
 *
 * @param names the functions that are looked for; any by default
 */
export function peel(
  to: Rewriter,
  { value, shape }: Operand,
  names?: readonly MapOp['f'][],
): Pick<Draft<MapOp>, 'op' | 'inputs'> | undefined {
  const node = to.producer(value);
  if (node?.op.op !== 'map' || names?.includes(node.op.f) === false) return undefined;
  const inputs: Operand[] = [];
  for (const input of node.inputs) {
    const aligned = realign(input.shape, to.shapeOf(value), shape);
    if (!aligned) return undefined;
    inputs.push({ value: input.value, shape: aligned });
  }
  return { op: node.op, inputs };
}

/** Constants that are the same everywhere become scalars; what a broadcast reads is read directly. */
export const operandsOfMap = forOp('map', (to, { op, inputs, shape, kind }) => {
  const better = inputs.map((input) => {
    const uniform = input.shape.length ? to.uniform(input.value) : undefined;
    return uniform === undefined ? narrow(to, input) : to.scalar(uniform);
  });
  return better.some((each, i) => each !== inputs[i]) ? to.make(op, better, shape, kind) : undefined;
});

/** What is the same along an axis is computed once and broadcast. */
export const mapOfSmall = forOp('map', (to, { op, inputs, shape }) => {
  const full = inputs.some((input) => sameShape(input.shape, shape));
  const own = full ? shape : (broadcastShape(inputs.map((input) => input.shape)) ?? shape);
  if (countOf(own) === countOf(shape)) return op.f === 'identity' ? inputs[0] : undefined;
  return to.broadcast(to.make(op, inputs, own), shape);
});

/** c · x + (1 − c) for a truth value c: x where it is true, else 1. */
function chosen(to: Rewriter, a: Operand, b: Operand, shape: Shape): Operand | undefined {
  const product = peel(to, a, ['mul']);
  const [one, c] = (product && peel(to, b, ['sub'])?.inputs) ?? [];
  if (!product || !one || !c || to.uniform(one.value) !== 1) return undefined;
  const [x, ...others] = product.inputs.filter(({ value }) => value !== c.value);
  const truth = peel(to, c)?.op.f ?? '';
  return x && !others.length && TRUTH.has(truth) ? to.map('select', shape, c, x, one) : undefined;
}

/** Ones, zeros, twos, negations, and selections that need none. */
export const algebra = forOp('map', (to, { op: { f }, inputs, shape }) => {
  const [a, b, c] = inputs;
  if (!a) return undefined;
  const map = (name: MapOp['f'], ...operands: Operand[]) => to.map(name, shape, ...operands);
  const [of, by] = [to.uniform(a.value), b && to.uniform(b.value)];
  const full = (operand: Operand) => countOf(operand.shape) === countOf(shape);
  /** What `operand` is the negative of. */
  const negated = (operand: Operand) => peel(to, operand, ['neg'])?.inputs[0];
  const inner = b && !c ? undefined : peel(to, a);
  const [x] = inner?.inputs ?? [];
  const known = inner?.op.f ?? '';

  if (!b) {
    if (!x) return undefined;
    if (known === 'neg') {
      if (f === 'neg') return x;
      if (f === 'square' || f === 'abs') return map(f, x);
    }
    if (f === 'neg' && known === 'sub' && inner?.inputs[1] && to.sole(a.value))
      return map('sub', inner.inputs[1], x);
    if (f === 'square' && known === 'sqrt') return x;
    if (f === 'truth' && TRUTH.has(known)) return a;
    if (f === 'not' && known === 'not') return map('truth', x);
    if (WHOLE.has(known) && ['floor', 'ceil', 'round', 'truncate'].includes(f)) return a;
    return undefined;
  }
  if (c) {
    if (of !== undefined) return to.broadcast(of === 0 ? c : b, shape);
    if (b.value === c.value && full(b) && full(c)) return b;
    if (x && known === 'not') return map('select', x, c, b);
    if (by === 1 && to.uniform(c.value) === 0) return TRUTH.has(known) ? a : map('truth', a);
    return undefined;
  }
  const [minusA, minusB] = [negated(a), negated(b)];
  switch (f) {
    case 'add':
      if (by === 0) return a;
      if (of === 0) return b;
      if (minusB) return map('sub', a, minusB);
      if (minusA) return map('sub', b, minusA);
      return chosen(to, a, b, shape) ?? chosen(to, b, a, shape);
    case 'sub':
      if (by === 0) return a;
      if (of === 0) return map('neg', b);
      if (minusB) return map('add', a, minusB);
      return minusA && to.sole(a.value) && map('neg', map('add', minusA, b));
    case 'div':
      if (of === 1) return map('reciprocal', b);
      if (by) return map('mul', a, to.scalar(1 / by));
      break;
    case 'mul':
      if (by === 1) return a;
      if (of === 1) return b;
      if (by === -1) return map('neg', a);
      if (of === -1) return map('neg', b);
      if (a.value === b.value && full(a) && full(b)) return map('square', a);
      break;
    case 'pow':
      if (by === 1) return a;
      if (by === 2) return map('square', a);
      if (by === 0.5) return map('sqrt', a);
      if (by === -1) return map('reciprocal', a);
      return undefined;
    default:
      return undefined;
  }
  // mul and div: negations move on, to where they are absorbed.
  if (minusA && minusB) return map(f, minusA, minusB);
  if (minusA && full(a) && to.sole(a.value)) return map('neg', map(f, minusA, b));
  return minusB && full(b) && to.sole(b.value) ? map('neg', map(f, a, minusB)) : undefined;
});
