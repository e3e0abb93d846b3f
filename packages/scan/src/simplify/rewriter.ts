import { evaluateSome, type Numbers } from '../graph/evaluate.js';
import {
  countOf,
  type Graph,
  type Kind,
  type Node,
  type Op,
  type Operand,
  type Shape,
  type Value,
  type ValueId,
} from '../graph/graph.js';
import { broadcastStrides, dense } from '../graph/shapes.js';
import { operandsOf } from './live.js';
import { moved, renumber } from './renumber.js';

export type OpOf<Name extends Op['op']> = Extract<Op, { readonly op: Name }>;

/** A node that is not made yet. */
export interface Draft<O extends Op = Op> {
  readonly op: O;
  readonly inputs: readonly Operand[];
  readonly shape: Shape;
  readonly kind: Kind;
}

/** Gives what a draft computes in another way, or undefined. */
export type Rule<O extends Op = Op> = (to: Rewriter, draft: Draft<O>) => Operand | undefined;

/** Rules by op; the first that gives something wins. */
export type Rules = { readonly [name in Op['op']]?: readonly Rule[] };

/** Makes a rule for one op a rule for all. */
export function forOp<Name extends Op['op']>(name: Name, rule: Rule<OpOf<Name>>): Rule {
  const is = (draft: Draft): draft is Draft<OpOf<Name>> => draft.op.op === name;
  return (to, draft) => (is(draft) ? rule(to, draft) : undefined);
}

const COMMUTATIVE = new Set(['add', 'mul', 'max', 'min', 'equal', 'notEqual', 'and', 'or', 'xor']);

/** Makes the nodes of a new graph, each only once. */
export class Rewriter {
  readonly values: Value[] = [];
  readonly nodes: Node[] = [];
  /** How often each value is read, as far as is known before the new graph is complete. */
  readonly uses: number[] = [];
  /** The value of the graph before that a value stands for first. */
  readonly origins: (ValueId | undefined)[] = [];
  private depth = 0;
  private readonly producers: (Node | undefined)[] = [];
  private readonly seen = new Map<string, ValueId>();
  /** Constants by their count and first number. */
  private readonly constants = new Map<string, readonly ValueId[]>();
  private readonly uniforms = new Map<ValueId, number | undefined>();
  private readonly rules: Rules;

  constructor(rules: Rules) {
    this.rules = rules;
  }

  add(value: Value, producer?: Node): ValueId {
    this.values.push(value);
    this.producers.push(producer);
    this.uses.push(0);
    return this.values.length - 1;
  }

  /** The node that computes a value. */
  producer(value: ValueId): Node | undefined {
    return this.producers[value];
  }

  /** The same, where nothing else reads the value. */
  sole(value: ValueId): Node | undefined {
    return (this.uses[value] ?? 0) > 1 ? undefined : this.producers[value];
  }

  kindOf(inputs: readonly Operand[]): Kind {
    const kinds = inputs.map(({ value }) => this.values[value]?.kind);
    return kinds.find((kind) => kind !== 'shared') ?? 'shared';
  }

  shapeOf(value: ValueId): Shape {
    return this.values[value]?.shape ?? [];
  }

  data(value: ValueId): Float64Array | undefined {
    const source = this.values[value]?.source;
    return source?.kind === 'constant' ? source.data : undefined;
  }

  /** The number that a constant has everywhere. */
  uniform(value: ValueId): number | undefined {
    if (!this.uniforms.has(value)) {
      const data = this.data(value);
      this.uniforms.set(value, data?.every((each) => each === data[0]) ? data[0] : undefined);
    }
    return this.uniforms.get(value);
  }

  constant(data: Float64Array, shape: Shape): Operand {
    const key = `${data.length} ${data[0]}`;
    const alike = this.constants.get(key) ?? [];
    let value = alike.find((id) => sameNumbers(this.data(id), data));
    if (value === undefined) {
      value = this.add({ kind: 'shared', shape, source: { kind: 'constant', data } });
      this.constants.set(key, [...alike, value]);
    } else this.uses[value] = (this.uses[value] ?? 0) + 1;
    return { value, shape };
  }

  scalar(number: number): Operand {
    return this.constant(Float64Array.of(number), []);
  }

  map(f: OpOf<'map'>['f'], shape: Shape, ...inputs: Operand[]): Operand {
    return this.make({ op: 'map', f }, inputs, shape);
  }

  /** The operand with the numbers of `shape`, to which it is broadcast. */
  broadcast(input: Operand, shape: Shape): Operand {
    if (countOf(input.shape) === countOf(shape)) return { value: input.value, shape };
    return this.make(
      { op: 'view', offset: 0, strides: broadcastStrides(input.shape, shape) },
      [input],
      shape,
    );
  }

  /** What `op` gives of these operands, simplified. */
  make(op: Op, inputs: readonly Operand[], shape: Shape, kind: Kind = this.kindOf(inputs)): Operand {
    if (kind === 'sum' && this.kindOf(inputs) === 'shared') return this.sumOfShared(op, inputs, shape);
    const folded = this.fold(op, inputs, shape);
    if (folded) return folded;
    const draft: Draft = { op, inputs, shape, kind };
    // Rules that undo each other must not go on for ever.
    if (this.depth > 40) return this.node(draft);
    this.depth++;
    const found = this.apply(draft);
    this.depth--;
    return { value: (found ?? this.node(draft)).value, shape };
  }

  private apply(draft: Draft): Operand | undefined {
    for (const rule of this.rules[draft.op.op] ?? []) {
      const found = rule(this, draft);
      if (found) return found;
    }
    return undefined;
  }

  /** The value of a node that is there already and read by others. */
  find(draft: Draft): Operand | undefined {
    if (draft.inputs.some(({ value }) => value < 0)) return undefined;
    const value = this.seen.get(keyOf(draft));
    return value === undefined || !this.uses[value] ? undefined : { value, shape: draft.shape };
  }

  /** What an op gives of constants, as a constant. */
  private fold(op: Op, inputs: readonly Operand[], shape: Shape): Operand | undefined {
    const numbers: Numbers[] = [];
    for (const { value, shape } of inputs) {
      const data = this.data(value);
      if (!data) return undefined;
      numbers.push({ data, shape });
    }
    const value = this.once(keyOf({ op, inputs, shape, kind: 'shared' }), () => {
      const found = evaluateSome(op, numbers, shape);
      return found && this.constant(found, shape).value;
    });
    return value === undefined ? undefined : { value, shape };
  }

  /** Over sequences and steps, of which there is no number here: 0, or the sum of something that is the same in each. */
  private sumOfShared(op: Op, inputs: readonly Operand[], shape: Shape): Operand {
    const linear = inputs.slice(0, op.op === 'product' ? 2 : 1);
    if (linear.some(({ value }) => this.uniform(value) === 0))
      return this.constant(new Float64Array(countOf(shape)), shape);
    const [first, ...rest] = inputs;
    const rows = first
      ? [this.node({ op: { op: 'map', f: 'identity' }, inputs: [first], shape: first.shape, kind: 'row' })]
      : [];
    return this.node({ op, inputs: [...rows, ...rest], shape, kind: 'sum' });
  }

  private node(draft: Draft): Operand {
    const { op, inputs, shape, kind } = draft;
    const value = this.once(keyOf(draft), () => {
      const output = this.add({ kind, shape });
      const node: Node = { op, inputs, output };
      this.producers[output] = node;
      this.nodes.push(node);
      return output;
    });
    return { value, shape };
  }

  private once<V extends ValueId | undefined>(key: string, make: () => V): ValueId | V {
    const before = this.seen.get(key);
    if (before !== undefined) {
      this.uses[before] = (this.uses[before] ?? 0) + 1;
      return before;
    }
    const value = make();
    if (value !== undefined) this.seen.set(key, value);
    return value;
  }
}

function sameNumbers(a: Float64Array | undefined, b: Float64Array): boolean {
  if (a === b) return true;
  for (let i = 0; i < b.length; i++) if (a?.[i] !== b[i] && !Object.is(a?.[i], b[i])) return false;
  return a?.length === b.length;
}

/** The same text for nodes that compute the same. */
function keyOf({ op, inputs, shape, kind }: Draft): string {
  if (op.op !== 'map') {
    const name = `${Object.values(op).join()} ${kind} ${shape} `;
    // Views do not see the shape of their operand.
    return name + inputs.map(({ value, shape }) => (op.op === 'view' ? value : `${value}:${shape}`)).join();
  }
  const count = countOf(shape);
  let seen: Shape | number = count;
  const operands = inputs.map((input) => {
    const own = countOf(input.shape);
    if (own === 1 || own === count) return `${input.value}`;
    seen = dense(shape);
    return `${input.value}:${strideText(input.shape, shape)}`;
  });
  const [first = '', second = ''] = operands;
  if (second < first && COMMUTATIVE.has(op.f)) operands.reverse();
  return `${op.f} ${kind} ${seen} ${operands.join()}`;
}

function strideText(from: Shape, to: Shape): string {
  return broadcastStrides(from, to)
    .filter((_, axis) => to[axis] !== 1)
    .join('/');
}

/** Makes all nodes of `graph` again, by the rules. */
export function rewrite(graph: Graph, rules: Rules): Graph {
  const to = new Rewriter(rules);
  const uses = new Array<number>(graph.values.length).fill(0);
  const nodes = [...graph.forward, ...graph.backward];
  for (const { value } of [...nodes.flatMap(({ inputs }) => inputs), ...operandsOf(graph)])
    uses[value] = (uses[value] ?? 0) + 1;
  const places = new Map<ValueId, ValueId>();
  const settle = (id: ValueId, value: ValueId) => {
    places.set(id, value);
    to.origins[value] ??= id;
    to.uses[value] = (to.uses[value] ?? 0) + (uses[id] ?? 0);
  };
  graph.values.forEach((value, id) => {
    if (value.source?.kind === 'constant') settle(id, to.constant(value.source.data, value.shape).value);
    else if (value.source) settle(id, to.add(value));
  });
  for (const { op, inputs, output } of nodes) {
    const { shape = [], kind } = graph.values[output] ?? {};
    const operands = inputs.map((input) => moved(input, places));
    settle(output, to.make(op, operands, shape, kind).value);
  }
  return renumber(graph, places, to.values, to.nodes, []);
}
