/**
 * The graph of one step: what a step does to ONE sequence. Axis 0 of every tensor that belongs to sequences is the batch;
 * here it counts what one sequence has of it: `[batch, 20]` is `[1, 20]`, and `[batch · 4, 20]` is `[4, 20]`. Ranks and
 * axes are those of the traced ops.
 */
export type Shape = readonly number[];

/** The number of a value in its graph. */
export type ValueId = number;

/**
 * - `row`: each sequence has its own, at each step
 * - `shared`: the same for all sequences and steps: captured tensors, constants, and what is computed of these alone
 * - `sum`: a gradient of something shared: summed over sequences and steps
 */
export type Kind = 'row' | 'shared' | 'sum';

/** What there is without a node that computes it. */
export type Source =
  /** Part of x, by leaf. */
  | { readonly kind: 'x'; readonly leaf: number }
  /** Part of the state that enters the step, by leaf. */
  | { readonly kind: 'state'; readonly leaf: number }
  /** A tensor from outside the step, by its place among those captured. */
  | { readonly kind: 'captured'; readonly leaf: number }
  /** The gradient of part of the output, by leaf. */
  | { readonly kind: 'outputSlope'; readonly leaf: number }
  /** The gradient of part of the state that leaves the step, by leaf. */
  | { readonly kind: 'stateSlope'; readonly leaf: number }
  /** Numbers, in row-major order. */
  | { readonly kind: 'constant'; readonly data: Float64Array };

/** A tensor. All numbers are float32; integers and truth values are whole numbers among them. */
export interface Value {
  readonly kind: Kind;
  readonly shape: Shape;
  /** Undefined where a node computes it. */
  readonly source?: Source;
}

/** A value as a node reads it: it may be reshaped. */
export interface Operand {
  readonly value: ValueId;
  /** As many numbers as the value has. */
  readonly shape: Shape;
}

/** Functions of one number. `not`: x = 0. `step`: x > 0. `truncate`: towards 0, for integers. `truth`: x ≠ 0. */
export type Unary =
  | 'abs'
  | 'acos'
  | 'acosh'
  | 'asin'
  | 'asinh'
  | 'atan'
  | 'atanh'
  | 'ceil'
  | 'cos'
  | 'cosh'
  | 'erf'
  | 'exp'
  | 'expm1'
  | 'floor'
  | 'log'
  | 'log1p'
  | 'neg'
  | 'not'
  | 'reciprocal'
  | 'round'
  | 'rsqrt'
  | 'sigmoid'
  | 'sign'
  | 'sin'
  | 'sinh'
  | 'softplus'
  | 'sqrt'
  | 'square'
  | 'step'
  | 'tan'
  | 'tanh'
  | 'truncate'
  | 'truth'
  | 'identity'
  | 'isNaN'
  | 'isInf'
  | 'isFinite';

/** Functions of two numbers; truth values are 1 and 0. `mod` and `floorDiv` round down, as tfjs's do. */
export type Binary =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'pow'
  | 'mod'
  | 'floorDiv'
  | 'atan2'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'and'
  | 'or'
  | 'xor';

/** `select`: where the first is not 0 the second, else the third. */
export type Ternary = 'select';

export type Function = Unary | Binary | Ternary;

export type Fold = 'sum' | 'prod' | 'max' | 'min';

/** What a node computes of its operands. The shape of the output stands in its value. */
export type Op =
  /** Number by number; operands are broadcast to the output's shape, as numpy does. */
  | { readonly op: 'map'; readonly f: Function }
  /** Over `axes` of the operand (never negative); the output may have kept them as 1 or not. */
  | { readonly op: 'fold'; readonly f: Fold; readonly axes: readonly number[] }
  /** [… m, k] · [… k, n]; the axes in front are broadcast. */
  | { readonly op: 'product'; readonly transposeA: boolean; readonly transposeB: boolean }
  /** Over the last axis. */
  | { readonly op: 'softmax' }
  /** out[i, j, …] = the operand's numbers [offset + i·strides[0] + j·strides[1] …]: slices, transposes, broadcasts, tiles. */
  | { readonly op: 'view'; readonly offset: number; readonly strides: readonly number[] }
  /** Any number of operands, along `axis`. */
  | { readonly op: 'concat'; readonly axis: number }
  /** The operand with `before[axis]` times `value` in front on each axis, and as many behind as the output's shape asks. */
  | { readonly op: 'pad'; readonly before: readonly number[]; readonly value: number }
  /** Running sums or products along `axis`. */
  | {
      readonly op: 'cumulate';
      readonly f: 'sum' | 'prod';
      readonly axis: number;
      readonly exclusive: boolean;
      readonly reverse: boolean;
    }
  /** out[…a, i, …b] = first[…a, second[i], …b], `axis` being the number of axes in a; `second` may have any shape. */
  | { readonly op: 'gather'; readonly axis: number }
  /** out[s, …] = Σ over i with second[i] = s of first[i, …]: tfjs's UnsortedSegmentSum, of the leading axis of `second`. */
  | { readonly op: 'segmentSum' }
  | { readonly op: 'argMax'; readonly axis: number }
  | { readonly op: 'argMin'; readonly axis: number };

export interface Node {
  readonly op: Op;
  readonly inputs: readonly Operand[];
  readonly output: ValueId;
}

/**
 * A step, and its way back. Nodes stand in an order in which they can be computed. A node with `row` operands and a `sum`
 * output gives the part of one sequence and step, to be added up. `shared` nodes may stand in either list.
 */
export interface Graph {
  readonly values: readonly Value[];
  readonly forward: readonly Node[];
  /** May read what `forward` computes. Empty where no gradient was asked for. */
  readonly backward: readonly Node[];
  /** Values with sources, by leaf. */
  readonly x: readonly ValueId[];
  readonly state: readonly ValueId[];
  readonly captured: readonly ValueId[];
  /** What the step gives, as tensors of these shapes. */
  readonly outputs: readonly Operand[];
  readonly nextState: readonly Operand[];
  /** Values with sources, by leaf; undefined for leaves without a gradient, such as integers. */
  readonly outputSlopes: readonly (ValueId | undefined)[];
  readonly stateSlopes: readonly (ValueId | undefined)[];
  /** The gradients of `x`, `state` and `captured`; undefined where there is none. */
  readonly slopes: {
    readonly x: readonly (Operand | undefined)[];
    readonly state: readonly (Operand | undefined)[];
    readonly captured: readonly (Operand | undefined)[];
  };
}

/** How many numbers a tensor of this shape has. */
export function countOf(shape: Shape): number {
  let count = 1;
  for (const each of shape) count *= each;
  return count;
}

/** Row-major: by how many numbers a step along each axis moves. */
export function stridesOf(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}
