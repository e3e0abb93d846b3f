import type { Graph, Node, Operand } from './graph.js';
import { dense, sameShape } from './shapes.js';

/** A graph as text, a line per node, such as `12 [1,4] row = add (3, 7:[2,2])`: operands with their shape where they are reshaped. For people. */
export function show(graph: Graph): string {
  const name = (value: number) => {
    const { source } = graph.values[value] ?? {};
    if (source?.kind !== 'constant') return source ? `${source.kind}${source.leaf}` : `${value}`;
    const [first, ...rest] = source.data;
    return rest.every((each) => each === first) ? `${first}` : `constant${value}`;
  };
  const operand = ({ value, shape }: Operand) => {
    return sameShape(dense(graph.values[value]?.shape ?? []), dense(shape))
      ? name(value)
      : `${name(value)}:[${shape}]`;
  };
  const line = ({ op, inputs, output }: Node) => {
    const { shape, kind } = graph.values[output] ?? {};
    const [first, ...rest] =
      op.op === 'map' ? [op.f] : Object.values(op).map((each) => JSON.stringify(each).replaceAll('"', ''));
    return `  ${output} [${shape}] ${kind} = ${first} ${rest.join(' ')}(${inputs.map(operand).join(', ')})`;
  };
  const all = (operands: readonly (Operand | undefined)[]) =>
    operands.map((each) => (each ? operand(each) : '-')).join(', ');
  const { x, state, captured } = graph.slopes;
  return [
    'forward',
    ...graph.forward.map(line),
    `  outputs ${all(graph.outputs)}; state ${all(graph.nextState)}`,
    'backward',
    ...graph.backward.map(line),
    `  x ${all(x)}; state ${all(state)}; captured ${all(captured)}`,
  ].join('\n');
}
