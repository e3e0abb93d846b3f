import {
  countOf,
  type Graph,
  type Kind,
  type Function as MapFunction,
  type Node,
  type Op,
  type Operand,
  type Shape,
  type Source,
  type Value,
} from './graph.js';

type Slopes = readonly (Operand | undefined)[];

/** Builds graphs by hand. For tests. */
export class Builder {
  readonly values: Value[] = [];
  readonly forward: Node[] = [];
  readonly backward: Node[] = [];
  private list = this.forward;

  private add(value: Value): Operand {
    this.values.push(value);
    return { value: this.values.length - 1, shape: value.shape };
  }

  private given(kind: Exclude<Source['kind'], 'constant'>, shape: Shape): Operand {
    const leaf = this.values.filter(({ source }) => source?.kind === kind).length;
    return this.add({ kind: kind === 'captured' ? 'shared' : 'row', shape, source: { kind, leaf } });
  }

  x(...shape: number[]) {
    return this.given('x', shape);
  }

  state(...shape: number[]) {
    return this.given('state', shape);
  }

  captured(...shape: number[]) {
    return this.given('captured', shape);
  }

  outputSlope(...shape: number[]) {
    return this.given('outputSlope', shape);
  }

  stateSlope(...shape: number[]) {
    return this.given('stateSlope', shape);
  }

  /** By default the same number everywhere. */
  constant(shape: Shape, ...data: number[]) {
    const all =
      data.length === 1 ? new Float64Array(countOf(shape)).fill(data[0] ?? 0) : Float64Array.from(data);
    return this.add({ kind: 'shared', shape, source: { kind: 'constant', data: all } });
  }

  /** Nodes from here on belong to the way back. */
  back() {
    this.list = this.backward;
    return this;
  }

  /** The kind is that of the operands unless told. */
  node(op: Op, shape: Shape, inputs: readonly Operand[], kind?: Kind): Operand {
    const kinds = inputs.map(({ value }) => this.values[value]?.kind);
    const given = kinds.find((each) => each !== 'shared') ?? 'shared';
    const output = this.add({ kind: kind ?? given, shape });
    this.list.push({ op, inputs, output: output.value });
    return output;
  }

  map(f: MapFunction, shape: Shape, ...inputs: Operand[]) {
    return this.node({ op: 'map', f }, shape, inputs);
  }

  sum(axes: number[], shape: Shape, input: Operand, kind?: Kind) {
    return this.node({ op: 'fold', f: 'sum', axes }, shape, [input], kind);
  }

  view(offset: number, strides: number[], shape: Shape, input: Operand) {
    return this.node({ op: 'view', offset, strides }, shape, [input]);
  }

  concat(axis: number, shape: Shape, ...inputs: Operand[]) {
    return this.node({ op: 'concat', axis }, shape, inputs);
  }

  /** `how`: which of both is transposed, as in 'ta' for the first. */
  product(how: '' | 'ta' | 'tb' | 'tatb', shape: Shape, a: Operand, b: Operand, kind?: Kind) {
    const op = { op: 'product', transposeA: how.includes('ta'), transposeB: how.includes('tb') } as const;
    return this.node(op, shape, [a, b], kind);
  }

  graph(
    outputs: readonly Operand[],
    nextState: readonly Operand[],
    slopes: { readonly x?: Slopes; readonly state?: Slopes; readonly captured?: Slopes } = {},
  ): Graph {
    const ids = (kind: Source['kind']) =>
      this.values.flatMap(({ source }, id) => (source?.kind === kind ? [id] : []));
    const { x = [], state = [], captured = [] } = slopes;
    return {
      values: this.values,
      forward: this.forward,
      backward: this.backward,
      x: ids('x'),
      state: ids('state'),
      captured: ids('captured'),
      outputs,
      nextState,
      outputSlopes: ids('outputSlope'),
      stateSlopes: ids('stateSlope'),
      slopes: { x, state, captured },
    };
  }
}
