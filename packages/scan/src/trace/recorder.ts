import { backend_util, broadcast_util } from '@tensorflow/tfjs-core';
import {
  countOf,
  type Fold,
  type Function as FunctionName,
  type Op,
  type Operand,
  type Shape,
  type Source,
  stridesOf,
  type ValueId,
} from '../graph/graph.js';
import { callerLine } from './stack.js';

export type TracedSource =
  | Exclude<Source, { readonly kind: 'constant' }>
  | { readonly kind: 'constant'; readonly data: ArrayLike<number> };

/** A value as traced with a whole batch. */
export interface TracedValue {
  readonly shape: Shape;
  readonly source: TracedSource | undefined;
  /** The tfjs kernel that made it. */
  readonly kernel: string;
}

/** A node as traced with a whole batch. */
export interface TracedNode {
  readonly op: Op;
  readonly inputs: readonly Operand[];
  readonly output: ValueId;
  /** The leading axis of both operands is the same: `gather` with batchDims 1. */
  readonly paired: boolean;
}

/** Writes down what kernels do, as ops of the graph. Each function gives the output, with its shape. */
export class Recorder {
  readonly values: TracedValue[] = [];
  readonly nodes: TracedNode[] = [];
  /** The kernel that runs now. */
  kernel = '';
  /** The line of the step that made the value `watched`. */
  line = '';
  readonly #watched: ValueId | undefined;

  constructor(watched?: ValueId) {
    this.#watched = watched;
  }

  value(shape: Shape, source?: TracedSource): Operand {
    const value = this.values.length;
    if (value === this.#watched) this.line = callerLine();
    this.values.push({ shape, source, kernel: this.kernel });
    return { value, shape };
  }

  constant(data: ArrayLike<number>, shape: Shape): Operand {
    return this.value(shape, { kind: 'constant', data });
  }

  node(op: Op, inputs: readonly Operand[], shape: Shape, paired = false): Operand {
    const output = this.value(shape);
    this.nodes.push({ op, inputs, output: output.value, paired });
    return output;
  }

  /** Numbers among the operands are constants. */
  map(f: FunctionName, ...operands: readonly (Operand | number)[]): Operand {
    const inputs = operands.map((each) => (typeof each === 'number' ? this.constant([each], []) : each));
    const shape = inputs.reduce<number[]>(
      (out, { shape }) => broadcast_util.assertAndGetBroadcastShape(out, [...shape]),
      [],
    );
    return this.node({ op: 'map', f }, inputs, shape);
  }

  /** Keeps the axes as 1. */
  fold(f: Fold, x: Operand, axes: readonly number[]): Operand {
    if (axes.length === 0) return x;
    const shape = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    return this.node({ op: 'fold', f, axes }, [x], shape);
  }

  product(a: Operand, b: Operand, transposeA = false, transposeB = false): Operand {
    const [k, m] = transposeA ? [-2, -1] : [-1, -2];
    const [n, l] = transposeB ? [-2, -1] : [-1, -2];
    const rows = a.shape.at(m);
    const columns = b.shape.at(n);
    if (rows === undefined || columns === undefined || a.shape.at(k) !== b.shape.at(l)) {
      throw new Error(`matMul: [${a.shape}] and [${b.shape}] do not fit`);
    }
    const front = broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return this.node({ op: 'product', transposeA, transposeB }, [a, b], [...front, rows, columns]);
  }

  view(x: Operand, shape: Shape, strides: readonly number[], offset = 0): Operand {
    return this.node({ op: 'view', offset, strides }, [x], shape);
  }

  /** From `begin` on, by `step` per axis, which may be negative. */
  slice(x: Operand, begin: readonly number[], shape: Shape, step?: readonly number[]): Operand {
    const moves = stridesOf(x.shape);
    const offset = begin.reduce((sum, each, axis) => sum + each * (moves[axis] ?? 0), 0);
    const strides = moves.map((each, axis) => each * (step?.[axis] ?? 1));
    return this.view(x, shape, strides, offset);
  }

  concat(parts: readonly Operand[], axis: number): Operand {
    const shapes = parts.map(({ shape }) => [...shape]);
    backend_util.assertParamsConsistent(shapes, axis);
    return this.node({ op: 'concat', axis }, parts, backend_util.computeOutShape(shapes, axis));
  }
}

/** An operand read in another shape. */
export function reshaped(x: Operand, shape: Shape): Operand {
  if (countOf(x.shape) !== countOf(shape)) {
    throw new Error(`reshape: [${x.shape}] does not have as many numbers as [${shape}]`);
  }
  return { value: x.value, shape };
}
