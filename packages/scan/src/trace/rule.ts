import { type DataType, type NamedAttrMap, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { Operand } from '../graph/graph.js';
import type { Recorder } from './recorder.js';

/** One call of a kernel. */
export interface Call {
  readonly record: Recorder;
  /** The tensors, sorted by the names that tfjs gives them, or in order where it takes a list. */
  readonly inputs: readonly Operand[];
  readonly tensors: readonly TensorInfo[];
  /** The tensor of that name. */
  readonly named: (name: string) => Operand | undefined;
  readonly attrs: NamedAttrMap;
}

/** What a kernel gives: writes nodes, of whatever is no mere change of the shape. */
export type Rule = (x: Operand, call: Call) => Operand | readonly Operand[];

export interface Kernel {
  readonly rule: Rule;
  /** Of the output; that of the last input by default. `attr`: that of the attribute `dtype`. */
  readonly dtype?: DataType | 'attr';
  /** Whether whole numbers in do not give whole numbers out. */
  readonly fractions?: boolean;
}

export type Kernels = Readonly<Record<string, Kernel>>;

/** The numbers in an attribute, however nested. */
export function numbers(attr: unknown): number[] {
  if (attr === undefined || attr === null) return [];
  return Array.isArray(attr) ? attr.flat(Number.POSITIVE_INFINITY).map(Number) : [Number(attr)];
}

/** The axes in an attribute, all by default, none negative. */
export function axesOf(attr: unknown, { shape }: Operand): number[] {
  const axes = attr === undefined || attr === null ? [...shape.keys()] : numbers(attr);
  return util.parseAxisParam(axes, [...shape]);
}

/** The one axis in an attribute. */
export function axisOf(attr: unknown, x: Operand): number {
  return axesOf(numbers(attr), x)[0] ?? 0;
}
