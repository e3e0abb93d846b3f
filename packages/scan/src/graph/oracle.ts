import { evaluate, type Numbers } from './evaluate.js';
import { countOf, type Graph, type Node, type Op, type Operand, type Shape, type ValueId } from './graph.js';

/** Tensors in row-major order, by leaf. */
export interface Given {
  /** `[batch, time, …]` */
  readonly x: readonly Float64Array[];
  /** `[batch, …]` */
  readonly state: readonly Float64Array[];
  readonly captured: readonly Float64Array[];
  /** `[batch, time, …]`, zeros by default. */
  readonly outputSlopes?: readonly Float64Array[];
  /** `[batch, …]`, zeros by default. */
  readonly stateSlopes?: readonly Float64Array[];
}

export interface Results {
  /** `[batch, time, …]` */
  readonly outputs: Float64Array[];
  /** The last one, `[batch, …]`. */
  readonly state: Float64Array[];
  /** Undefined where the graph has none. */
  readonly slopes: {
    readonly x: (Float64Array | undefined)[];
    readonly state: (Float64Array | undefined)[];
    readonly captured: (Float64Array | undefined)[];
  };
}

/** The numbers of values, by id. */
type Values = Map<ValueId, Float64Array>;

/**
 * Runs a graph over sequences in float64, one sequence and step at a time. For tests.
 *
 * @param disturb changes what each node gives
 */
export function runGraph(
  graph: Graph,
  given: Given,
  size: { batch: number; time: number },
  disturb: (data: Float64Array, op: Op) => Float64Array = (data) => data,
): Results {
  const { batch, time } = size;
  const shapeOf = (id: ValueId): Shape => graph.values[id]?.shape ?? [];
  const kindOf = (id: ValueId) => graph.values[id]?.kind;
  const shared: Values = new Map();
  graph.captured.forEach((id, leaf) => {
    shared.set(id, given.captured[leaf] ?? new Float64Array());
  });
  graph.values.forEach(({ source }, id) => {
    if (source?.kind === 'constant') shared.set(id, source.data);
  });
  const run = ({ op, inputs, output }: Node, read: (id: ValueId) => Float64Array) =>
    disturb(
      evaluate(
        op,
        inputs.map(({ value, shape }): Numbers => ({ data: read(value), shape })),
        shapeOf(output),
      ),
      op,
    );
  const readFrom =
    (...all: Values[]) =>
    (id: ValueId) => {
      for (const values of all) {
        const data = values.get(id);
        if (data) return data;
      }
      throw new Error(`value ${id} is not computed`);
    };
  const nodes = [...graph.forward, ...graph.backward];
  for (const node of nodes)
    if (kindOf(node.output) === 'shared') shared.set(node.output, run(node, readFrom(shared)));

  /** Whether a node is one of each sequence and step. */
  const perStep = ({ inputs, output }: Node) =>
    kindOf(output) === 'row' || inputs.some(({ value }) => kindOf(value) === 'row');
  const forward = graph.forward.filter(perStep);
  const backward = graph.backward.filter(perStep);

  const part = (data: Float64Array | undefined, at: number, count: number) =>
    data?.slice(at * count, (at + 1) * count) ?? new Float64Array(count);
  const zeros = (operand: Operand | undefined, times: number) =>
    operand && new Float64Array(countOf(operand.shape) * times);
  const sums: Values = new Map();
  const outputs = graph.outputs.map(({ shape }) => new Float64Array(countOf(shape) * batch * time));
  const state = graph.nextState.map(({ shape }) => new Float64Array(countOf(shape) * batch));
  const xSlopes = graph.slopes.x.map((operand) => zeros(operand, batch * time));
  const stateSlopes = graph.slopes.state.map((operand) => zeros(operand, batch));

  for (let b = 0; b < batch; b++) {
    let now: Float64Array[] = graph.state.map((id, leaf) => part(given.state[leaf], b, countOf(shapeOf(id))));
    const steps: Values[] = [];
    for (let t = 0; t < time; t++) {
      const values: Values = new Map();
      const read = readFrom(values, shared);
      graph.x.forEach((id, leaf) => {
        values.set(id, part(given.x[leaf], b * time + t, countOf(shapeOf(id))));
      });
      graph.state.forEach((id, leaf) => {
        values.set(id, now[leaf] ?? new Float64Array());
      });
      for (const node of forward) values.set(node.output, run(node, read));
      graph.outputs.forEach(({ value, shape }, leaf) => {
        outputs[leaf]?.set(read(value), (b * time + t) * countOf(shape));
      });
      now = graph.nextState.map(({ value }) => read(value));
      steps.push(values);
    }
    now.forEach((data, leaf) => {
      state[leaf]?.set(data, b * data.length);
    });
    let slopes: (Float64Array | undefined)[] = graph.nextState.map(({ shape }, leaf) =>
      part(given.stateSlopes?.[leaf], b, countOf(shape)),
    );
    for (let t = time - 1; t >= 0; t--) {
      const values = new Map(steps[t]);
      const read = readFrom(values, shared);
      graph.outputSlopes.forEach((id, leaf) => {
        if (id !== undefined)
          values.set(id, part(given.outputSlopes?.[leaf], b * time + t, countOf(shapeOf(id))));
      });
      graph.stateSlopes.forEach((id, leaf) => {
        if (id !== undefined) values.set(id, slopes[leaf] ?? new Float64Array(countOf(shapeOf(id))));
      });
      for (const node of backward) {
        const data = run(node, read);
        const sum = kindOf(node.output) === 'sum';
        if (!sum) values.set(node.output, data);
        else {
          const before = sums.get(node.output);
          sums.set(node.output, before ? before.map((each, i) => each + (data[i] ?? 0)) : data);
        }
      }
      graph.slopes.x.forEach((operand, leaf) => {
        if (operand) xSlopes[leaf]?.set(read(operand.value), (b * time + t) * countOf(operand.shape));
      });
      slopes = graph.slopes.state.map((operand) => operand && read(operand.value));
    }
    slopes.forEach((data, leaf) => {
      if (data) stateSlopes[leaf]?.set(data, b * data.length);
    });
  }
  const read = readFrom(sums, shared);
  for (const node of graph.backward)
    if (kindOf(node.output) === 'sum' && !perStep(node)) sums.set(node.output, run(node, read));
  const captured = graph.slopes.captured.map((operand) => operand && read(operand.value));
  return { outputs, state, slopes: { x: xSlopes, state: stateSlopes, captured } };
}
