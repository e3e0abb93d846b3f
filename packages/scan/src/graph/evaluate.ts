import { BINARY, UNARY } from './functions.js';
import { countOf, type Fold, type Op, type Shape, stridesOf } from './graph.js';
import { broadcastStrides } from './shapes.js';

/** Numbers in row-major order, with the shape in which a node reads them. */
export interface Numbers {
  readonly data: Float64Array;
  readonly shape: Shape;
}

type Of<Name extends Op['op']> = Extract<Op, { op: Name }>;

/** The place offset + Σ index · stride of each index of `shape`, in row-major order. */
export function placesOf(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  let places = Int32Array.of(offset);
  shape.forEach((count, axis) => {
    const stride = strides[axis] ?? 0;
    const next = new Int32Array(places.length * count);
    let at = 0;
    for (const place of places) for (let i = 0; i < count; i++) next[at++] = place + i * stride;
    places = next;
  });
  return places;
}

const ONE: { readonly [name: string]: (x: number) => number } = UNARY;
const TWO: { readonly [name: string]: (a: number, b: number) => number } = BINARY;

/** The numbers of a tensor that is broadcast to `shape`. */
function broadcast({ data, shape: own }: Numbers, shape: Shape): Float64Array {
  if (data.length === countOf(shape)) return data;
  const places = placesOf(shape, broadcastStrides(own, shape));
  const out = new Float64Array(places.length);
  for (let i = 0; i < out.length; i++) out[i] = data[places[i] ?? 0] ?? NaN;
  return out;
}

/** f of the operands' numbers, for each place of the output. */
function map({ f }: Of<'map'>, inputs: readonly Numbers[], shape: Shape, out: Float64Array) {
  const [a = out, b = out, c = out] = inputs.map((input) => broadcast(input, shape));
  const one = ONE[f];
  const two = TWO[f];
  for (let i = 0; i < out.length; i++) {
    const x = a[i] ?? NaN;
    const y = b[i] ?? NaN;
    out[i] = one ? one(x) : two ? two(x, y) : x === 0 ? (c[i] ?? NaN) : y;
  }
}

const FOLDS: Record<Fold, readonly [start: number, f: (a: number, b: number) => number]> = {
  sum: [0, BINARY.add],
  prod: [1, BINARY.mul],
  max: [-Infinity, Math.max],
  min: [Infinity, Math.min],
};

function fold(op: Of<'fold'>, [input]: readonly Numbers[], out: Float64Array) {
  if (!input) return;
  const [start, f] = FOLDS[op.f];
  const kept = input.shape.map((count, axis) => (op.axes.includes(axis) ? 1 : count));
  const places = placesOf(input.shape, broadcastStrides(kept, input.shape));
  out.fill(start);
  input.data.forEach((x, i) => {
    const place = places[i] ?? 0;
    out[place] = f(out[place] ?? 0, x);
  });
}

function product(op: Of<'product'>, [a, b]: readonly Numbers[], shape: Shape, out: Float64Array) {
  if (!a || !b) return;
  const depth = a.shape.at(op.transposeA ? -2 : -1) ?? 1;
  const all = [...shape, depth];
  const front = shape.slice(0, -2);
  /** Over [… m, n, depth]: `along` is the place among these of the operand's own axis, m or n. */
  const places = (shapeOf: Shape, transposed: boolean, along: 0 | 1) => {
    const [rows = 0, columns = 0] = stridesOf(shapeOf).slice(-2);
    const [own, deep] = transposed ? [columns, rows] : [rows, columns];
    const matrix = countOf(shapeOf.slice(-2));
    const strides = broadcastStrides(shapeOf.slice(0, -2), front).map((stride) => stride * matrix);
    return placesOf(all, [...strides, along ? 0 : own, along ? own : 0, deep]);
  };
  const [ofA, ofB] = [places(a.shape, op.transposeA, 0), places(b.shape, !op.transposeB, 1)];
  for (let i = 0; i < ofA.length; i++)
    out[Math.floor(i / depth)] =
      (out[Math.floor(i / depth)] ?? 0) + (a.data[ofA[i] ?? 0] ?? 0) * (b.data[ofB[i] ?? 0] ?? 0);
}

function softmax([input]: readonly Numbers[], shape: Shape, out: Float64Array) {
  const count = shape.at(-1) ?? 1;
  for (let from = 0; from < out.length; from += count) {
    const row = (input?.data ?? out).subarray(from, from + count);
    const most = Math.max(...row);
    const powers = row.map((x) => Math.exp(x - most));
    const sum = powers.reduce(BINARY.add, 0);
    out.set(
      powers.map((x) => x / sum),
      from,
    );
  }
}

function view(op: Of<'view'>, [input]: readonly Numbers[], shape: Shape, out: Float64Array) {
  placesOf(shape, op.strides, op.offset).forEach((place, i) => {
    out[i] = input?.data[place] ?? NaN;
  });
}

/** Writes `input` into `out` of `shape`, its first number at the index `start`. */
function place(input: Numbers, start: readonly number[], shape: Shape, out: Float64Array) {
  const strides = stridesOf(shape);
  const offset = strides.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0);
  placesOf(input.shape, strides, offset).forEach((to, i) => {
    out[to] = input.data[i] ?? 0;
  });
}

function concat({ axis }: Of<'concat'>, inputs: readonly Numbers[], shape: Shape, out: Float64Array) {
  let start = 0;
  for (const input of inputs) {
    place(
      input,
      shape.map((_, each) => (each === axis ? start : 0)),
      shape,
      out,
    );
    start += input.shape[axis] ?? 0;
  }
}

function pad(op: Of<'pad'>, [input]: readonly Numbers[], shape: Shape, out: Float64Array) {
  out.fill(op.value);
  if (input) place(input, op.before, shape, out);
}

function cumulate(op: Of<'cumulate'>, [input]: readonly Numbers[], shape: Shape, out: Float64Array) {
  const [start, f] = FOLDS[op.f];
  const stride = stridesOf(shape)[op.axis] ?? 1;
  const count = shape[op.axis] ?? 1;
  for (let line = 0; line < out.length / count; line++) {
    const first = Math.floor(line / stride) * stride * count + (line % stride);
    let running = start;
    for (let i = 0; i < count; i++) {
      const at = first + (op.reverse ? count - 1 - i : i) * stride;
      const next = f(running, input?.data[at] ?? NaN);
      out[at] = op.exclusive ? running : next;
      running = next;
    }
  }
}

function gather({ axis }: Of<'gather'>, [from, indices]: readonly Numbers[], out: Float64Array) {
  if (!from || !indices) return;
  const inner = countOf(from.shape.slice(axis + 1));
  const rows = from.shape[axis] ?? 1;
  const taken = indices.data.length;
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / inner);
    const index = indices.data[row % taken] ?? NaN;
    const inside = index >= 0 && index < rows;
    const at = (Math.floor(row / taken) * rows + index) * inner + (i % inner);
    out[i] = inside ? (from.data[at] ?? NaN) : NaN;
  }
}

function segmentSum([from, ids]: readonly Numbers[], shape: Shape, out: Float64Array) {
  if (!from || !ids) return;
  const inner = countOf(shape.slice(1));
  from.data.forEach((x, i) => {
    const segment = ids.data[Math.floor(i / inner)] ?? -1;
    const at = segment * inner + (i % inner);
    if (segment >= 0 && at < out.length) out[at] = (out[at] ?? 0) + x;
  });
}

/** The index of the first of the greatest along `axis`, or of the least. */
function arg(op: Of<'argMax'> | Of<'argMin'>, [input]: readonly Numbers[], out: Float64Array) {
  if (!input) return;
  const stride = stridesOf(input.shape)[op.axis] ?? 1;
  const count = input.shape[op.axis] ?? 1;
  const sign = op.op === 'argMax' ? 1 : -1;
  for (let i = 0; i < out.length; i++) {
    const first = Math.floor(i / stride) * stride * count + (i % stride);
    let best = 0;
    for (let j = 1; j < count; j++)
      if (sign * ((input.data[first + j * stride] ?? 0) - (input.data[first + best * stride] ?? 0)) > 0)
        best = j;
    out[i] = best;
  }
}

/** The same of the ops that constants are made of; undefined for others. */
export function evaluateSome(op: Op, inputs: readonly Numbers[], shape: Shape): Float64Array | undefined {
  const out = new Float64Array(countOf(shape));
  if (op.op === 'map') map(op, inputs, shape, out);
  else if (op.op === 'fold') fold(op, inputs, out);
  else if (op.op === 'view') view(op, inputs, shape, out);
  else return undefined;
  return out;
}

/** What `op` gives of its operands, in float64, as a tensor of `shape`. Each op in its plainest form. */
export function evaluate(op: Op, inputs: readonly Numbers[], shape: Shape): Float64Array {
  const some = evaluateSome(op, inputs, shape);
  if (some) return some;
  const out = new Float64Array(countOf(shape));
  switch (op.op) {
    case 'product':
      product(op, inputs, shape, out);
      break;
    case 'softmax':
      softmax(inputs, shape, out);
      break;
    case 'concat':
      concat(op, inputs, shape, out);
      break;
    case 'pad':
      pad(op, inputs, shape, out);
      break;
    case 'cumulate':
      cumulate(op, inputs, shape, out);
      break;
    case 'gather':
      gather(op, inputs, out);
      break;
    case 'segmentSum':
      segmentSum(inputs, shape, out);
      break;
    case 'argMax':
    case 'argMin':
      arg(op, inputs, out);
  }
  return out;
}
