import {
  countOf,
  type Kind,
  type Node,
  type Op,
  type Operand,
  type Value,
  type ValueId,
} from '../graph/graph.js';
import { linearIn } from './linear.js';
import { effectOf, type Part, partOf } from './mixing.js';
import { Obstacle, opName } from './obstacle.js';
import type { Recording } from './record.js';
import type { TracedNode, TracedSource } from './recorder.js';

/** A value of the graph, with what matters where it is read. */
export interface Placed extends Part {
  readonly id: ValueId;
  readonly kind: Kind;
  /** Whether all of it is 0. */
  readonly zero: boolean;
}

/** Makes values and nodes of one sequence from those of recordings with a batch of 2 and of 3. */
export class Places {
  readonly values: Value[] = [];
  /** The leaves of the recording that the graph reads, by leaf of the graph, with their values. */
  readonly captured: { readonly leaf: number; readonly value: ValueId }[] = [];
  readonly #two: Recording;
  readonly #three: Recording;
  readonly #placed = new Map<ValueId, Placed>();

  constructor(two: Recording, three: Recording) {
    this.#two = two;
    this.#three = three;
  }

  /** The value of the graph for a value of the recordings: a source at first sight, or what a node has given. */
  place(traced: ValueId): Placed {
    const before = this.#placed.get(traced);
    if (before) return before;
    const part = this.#partOf(traced);
    const source = this.#two.values[traced]?.source;
    if (!source) throw new Error(`value ${traced} is not there`);
    return this.#source(traced, part, source);
  }

  #source(traced: ValueId, part: Part, source: TracedSource): Placed {
    if (source.kind === 'constant') return this.#constant(traced, part, this.#numbers(traced, part));
    if (source.kind !== 'captured')
      return this.#add(traced, part, { kind: 'row', shape: part.shape, source });
    const leaf = this.captured.length;
    const placed = this.#add(traced, part, {
      kind: 'shared',
      shape: part.shape,
      source: { kind: 'captured', leaf },
    });
    this.captured.push({ leaf: source.leaf, value: placed.id });
    return placed;
  }

  #constant(traced: ValueId, part: Part, data: Float64Array): Placed {
    const value: Value = { kind: 'shared', shape: part.shape, source: { kind: 'constant', data } };
    return this.#add(
      traced,
      part,
      value,
      data.every((each) => each === 0),
    );
  }

  #add(traced: ValueId, part: Part, value: Value, zero = false): Placed {
    const { shape, axis } = part;
    const placed = { shape, axis, id: this.values.push(value) - 1, kind: value.kind, zero };
    this.#placed.set(traced, placed);
    return placed;
  }

  #fail(what: string, at: ValueId): never {
    throw new Obstacle(`step: ${what}`, at);
  }

  #partOf(traced: ValueId): Part {
    const kernel = this.#two.values[traced]?.kernel ?? '';
    const part = partOf(this.#two.values[traced]?.shape ?? [], this.#three.values[traced]?.shape ?? []);
    return part ?? this.#fail(`the batch is not the first axis of what ${opName(kernel)} gives`, traced);
  }

  /** The numbers of one sequence. All must have the same, each time. */
  #numbers(traced: ValueId, { shape, axis }: Part): Float64Array {
    const count = countOf(shape);
    const data = [this.#two, this.#three].map(({ values }) => {
      const source = values[traced]?.source;
      return source?.kind === 'constant' ? source.data : [];
    });
    const one = Float64Array.from({ length: count }, (_, i) => data[0]?.[i] ?? 0);
    const same = data.every((all, i) => {
      const sequences = axis < 0 ? 1 : i + 2;
      for (let k = 0; k < sequences * count; k++) if (!Object.is(all[k], one[k % count])) return false;
      return true;
    });
    if (same) return one;
    return this.#fail(
      'numbers that differ from call to call, between sequences or with the batch, such as those of tf.dropout ' +
        'and tf.randomNormal, cannot be compiled; pass them in x, such as a mask',
      traced,
    );
  }

  /** An operand as one sequence reads it. */
  read(two: Operand, three: Operand | undefined, reader: ValueId): { operand: Operand } & Placed {
    const placed = this.place(two.value);
    const part = partOf(two.shape, three?.shape ?? []);
    if (!part || countOf(part.shape) !== countOf(placed.shape)) {
      const kernel = this.#two.values[reader]?.kernel ?? '';
      return this.#fail(`the batch is not the first axis of what ${opName(kernel)} takes`, reader);
    }
    const { id, kind, zero } = placed;
    const { shape, axis } = part;
    return { id, kind, zero, shape, axis, operand: { value: id, shape } };
  }

  /** @returns undefined where the node gives zeros, which become a constant */
  node(two: TracedNode, three: TracedNode, backward: boolean): Node | undefined {
    const { op, output } = two;
    const inputs = two.inputs.map((operand, i) => this.read(operand, three.inputs[i], output));
    const out = this.#partOf(output);
    if (backward && givesZeros(op, inputs)) {
      this.#constant(output, out, new Float64Array(countOf(out.shape)));
      return undefined;
    }
    const kind = sameView(op, three.op, out) ? kindOf(two, inputs, out, backward) : undefined;
    if (!kind) {
      const kernel = this.#two.values[output]?.kernel ?? '';
      return this.#fail(`${opName(kernel)} mixes the sequences of the batch`, output);
    }
    const { id } = this.#add(output, out, { kind, shape: out.shape });
    const operands = inputs.map(({ operand }) => operand);
    const [first, second] = operands;
    const read =
      two.paired && first && second ? [first, { ...second, shape: second.shape.slice(1) }] : operands;
    return { op, inputs: read, output: id };
  }
}

/** What is linear in zeros is 0. */
function givesZeros(op: Op, inputs: readonly Placed[]): boolean {
  const zeros = inputs.map(({ zero }) => zero);
  return zeros.includes(true) && ((op.op === 'map' && op.f === 'mul') || linearIn(op, zeros));
}

/** The kind of what a node gives, or undefined where it mixes sequences. */
function kindOf(node: TracedNode, inputs: readonly Placed[], out: Part, backward: boolean): Kind | undefined {
  const has = (kind: Kind) => inputs.some((input) => input.kind === kind);
  const effect = effectOf(node.op, inputs, out, node.paired);
  if (effect === 'mixes') return undefined;
  if (effect === 'sums') return backward && has('row') && !has('sum') && out.axis < 0 ? 'sum' : undefined;
  if (has('sum')) {
    const summed = inputs.map(({ kind, zero }) => kind === 'sum' || zero);
    const others = inputs.every(({ axis }) => axis < 0) && !has('row') && out.axis < 0;
    return others && linearIn(node.op, summed) ? 'sum' : undefined;
  }
  if (inputs.some(({ axis }) => axis >= 0) && out.axis < 0) return undefined;
  return has('row') ? 'row' : 'shared';
}

/** Whether views have the same strides with any batch; along an axis of 1 they may differ. */
function sameView(a: Op, b: Op, { shape }: Part): boolean {
  if (a.op !== 'view' || b.op !== 'view') return true;
  return (
    a.offset === b.offset &&
    a.strides.every((stride, axis) => shape[axis] === 1 || stride === b.strides[axis])
  );
}
