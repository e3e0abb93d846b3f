import type { Graph, Node, Operand, Value, ValueId } from '../graph/graph.js';

/** `operand`, with the number that its value has in the new graph. */
export function moved(operand: Operand, numbers: ReadonlyMap<ValueId, ValueId>): Operand {
  return { value: numbers.get(operand.value) ?? -1, shape: operand.shape };
}

/** `graph` with other values and nodes; `numbers` are the new ones of its sources and of what it gives. */
export function renumber(
  graph: Graph,
  numbers: ReadonlyMap<ValueId, ValueId>,
  values: readonly Value[],
  forward: readonly Node[],
  backward: readonly Node[],
): Graph {
  const id = (value: ValueId) => numbers.get(value) ?? -1;
  const maybeId = (value: ValueId | undefined) => (value === undefined ? undefined : id(value));
  const place = (operand: Operand) => moved(operand, numbers);
  const maybe = (operand: Operand | undefined) => operand && place(operand);
  const { x, state, captured } = graph.slopes;
  return {
    values,
    forward,
    backward,
    x: graph.x.map(id),
    state: graph.state.map(id),
    captured: graph.captured.map(id),
    outputs: graph.outputs.map(place),
    nextState: graph.nextState.map(place),
    outputSlopes: graph.outputSlopes.map(maybeId),
    stateSlopes: graph.stateSlopes.map(maybeId),
    slopes: { x: x.map(maybe), state: state.map(maybe), captured: captured.map(maybe) },
  };
}
