import {
  type Fold,
  type Kind,
  type Function as MapFunction,
  type Node,
  type Shape,
  stridesOf,
} from '../../graph/graph.js';
import { reshaped, type View } from '../view.js';
import { contiguous, copied, heldAs } from './copies.js';
import { addLoop, register } from './loops.js';
import { type Held, isRow, type Lowering, operandOf } from './lowering.js';
import { addRowSum, writeOutput } from './outputs.js';

/** output = f(…inputs), number by number. */
export function lowerMap(lowering: Lowering, f: MapFunction, { inputs, output }: Node): void {
  const { shape, kind } = lowering.valueOf(output);
  const from = inputs.map((operand) => heldAs(lowering, operand));
  const to = lowering.outputOf(output);
  addLoop(lowering, kind, shape, (axes) => ({
    terms: [{ f, args: from.map(axes.argument) }],
    stores: [{ from: register(0), to: axes.access(to) }],
  }));
}

/** Folds the operand over axes. */
export function lowerFold(lowering: Lowering, f: Fold, axes: readonly number[], node: Node): void {
  const { shape } = operandOf(node);
  const from = heldAs(lowering, operandOf(node));
  const over = axes.filter((axis) => shape[axis] !== 1);
  if (typeof from !== 'number' && over.length === 0) foldNothing(lowering, from, node);
  else {
    writeOutput(lowering, node.output, isRow(lowering, from), (to, order) =>
      addFold(lowering, order, { f, from, shape, over, to }),
    );
  }
}

/** A fold over axes of size 1: the operand itself, or its sum over sequences and steps. */
function foldNothing(lowering: Lowering, from: View, { output }: Node): void {
  const { shape, kind } = lowering.valueOf(output);
  const alike = reshaped(from, shape) ?? copied(lowering, from);
  if (kind === 'sum' && lowering.kindOf(alike.cell) !== 'sum')
    addRowSum(lowering, contiguous(lowering, alike), output);
  else lowering.hold(output, alike);
}

interface AxesFold {
  readonly f: Fold;
  readonly from: Held;
  readonly shape: Shape;
  readonly over: readonly number[];
  /** Holds the result in the order of the axes that are kept. */
  readonly to: View;
}

function addFold(lowering: Lowering, order: Kind, { f, from, shape, over, to }: AxesFold): void {
  const kept = shape.map((size, axis) => (over.includes(axis) ? 1 : size));
  const target = { ...to, shape: kept, strides: stridesOf(kept) };
  addLoop(lowering, order, shape, (axes) => ({
    reductions: [{ f, from: axes.argument(from), over: axes.marked(over), to: axes.access(target) }],
  }));
}

/** Over the last axis: top = max x, power = e^(x − top), sum = Σ power, output = power / sum. */
export function lowerSoftmax(lowering: Lowering, node: Node): void {
  const { shape } = operandOf(node);
  const { kind } = lowering.valueOf(node.output);
  const last = shape.length - 1;
  const rows = shape.map((size, axis) => (axis === last ? 1 : size));
  const from = heldAs(lowering, operandOf(node));
  const top = lowering.newView(rows, kind);
  const sum = lowering.newView(rows, kind);
  const power = lowering.newView(shape, kind);
  addFold(lowering, kind, { f: 'max', from, shape, over: [last], to: top });
  addLoop(lowering, kind, shape, (axes) => ({
    terms: [
      { f: 'sub', args: [axes.argument(from), axes.argument(top)] },
      { f: 'exp', args: [register(0)] },
    ],
    stores: [{ from: register(1), to: axes.access(power) }],
    reductions: [{ f: 'sum', from: register(1), over: axes.marked([last]), to: axes.access(sum) }],
  }));
  const to = lowering.outputOf(node.output);
  addLoop(lowering, kind, shape, (axes) => ({
    terms: [{ f: 'div', args: [axes.argument(power), axes.argument(sum)] }],
    stores: [{ from: register(0), to: axes.access(to) }],
  }));
}
