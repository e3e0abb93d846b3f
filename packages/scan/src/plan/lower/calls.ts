import { countOf, type Node, type Op, type Shape } from '../../graph/graph.js';
import { placeOf } from '../view.js';
import type { CallArgument } from '../work.js';
import { contiguousOf } from './copies.js';
import { isRow, type Lowering, operandOf } from './lowering.js';
import { writeOutput } from './outputs.js';

/** The ops that functions of the kernels compute. */
export type CallOp = Extract<Op, { readonly op: 'cumulate' | 'gather' | 'segmentSum' | 'argMax' | 'argMin' }>;

/** Calls the function of the kernels that computes an op. */
export function lowerCall(lowering: Lowering, op: CallOp, node: Node): void {
  const { name, sizes } = functionOf(op, shapesOf(lowering, node));
  const from = node.inputs.map((operand) => contiguousOf(lowering, operand));
  const readsRows = from.some((view) => isRow(lowering, view));
  writeOutput(lowering, node.output, readsRows, (to, order) =>
    lowering.add({
      kind: 'call',
      pass: lowering.pass,
      order,
      name,
      args: [placeOf(to), ...from.map(placeOf), ...sizes],
      reads: from.map(({ cell }) => cell),
      writes: to.cell,
    }),
  );
}

interface Shapes {
  readonly first: Shape;
  readonly second: Shape;
  readonly output: Shape;
}

function shapesOf(lowering: Lowering, node: Node): Shapes {
  return {
    first: operandOf(node).shape,
    second: node.inputs[1]?.shape ?? [],
    output: lowering.valueOf(node.output).shape,
  };
}

/** The function's export, and its arguments after the tensors. */
function functionOf(
  op: CallOp,
  { first, second, output }: Shapes,
): { readonly name: string; readonly sizes: readonly CallArgument[] } {
  switch (op.op) {
    case 'cumulate': {
      const { f, axis, exclusive, reverse } = op;
      const flags = [f === 'prod', exclusive, reverse].map(Number);
      return { name: 'cumulate', sizes: [...countsAround(first, axis), ...flags] };
    }
    case 'gather':
      return { name: 'gather', sizes: [...countsAround(first, op.axis), countOf(second)] };
    case 'segmentSum': {
      const count = countOf(second);
      return { name: 'segmentSum', sizes: [count, output[0] ?? 0, countOf(first) / Math.max(count, 1)] };
    }
    case 'argMax':
    case 'argMin':
      return { name: 'argExtreme', sizes: [...countsAround(first, op.axis), Number(op.op === 'argMin')] };
  }
}

/** The counts of numbers before an axis, on it, and after it. */
function countsAround(shape: Shape, axis: number): [number, number, number] {
  return [countOf(shape.slice(0, axis)), shape[axis] ?? 1, countOf(shape.slice(axis + 1))];
}
