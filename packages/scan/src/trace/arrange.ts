import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { countOf, type Operand, type Shape, stridesOf } from '../graph/graph.js';
import { reshaped } from './recorder.js';
import { axesOf, axisOf, type Kernels, numbers, type Rule } from './rule.js';

const zeros = (shape: Shape) => shape.map(() => 0);
const without = (shape: Shape, axis: number) => shape.filter((_, i) => i !== axis);
const put = (list: readonly number[], axis: number, value: number) =>
  list.map((each, i) => (i === axis ? value : each));

const reshape: Rule = (x, { attrs }) =>
  reshaped(x, util.inferFromImplicitShape(numbers(attrs.shape), countOf(x.shape)));

/** With one more axis of 1 in front of `axis`, which may count from behind. */
function widened(x: Operand, axis: number): Operand {
  const shape = [...x.shape];
  shape.splice(axis < 0 ? shape.length + axis + 1 : axis, 0, 1);
  return reshaped(x, shape);
}

const expandDims: Rule = (x, { attrs }) => widened(x, Number(attrs.dim));

const transpose: Rule = (x, { record, attrs }) => {
  const strides = stridesOf(x.shape);
  const axes = numbers(attrs.perm);
  const pick = (list: readonly number[]) => axes.map((axis) => list[axis] ?? 1);
  return record.view(x, pick(x.shape), pick(strides));
};

const reverse: Rule = (x, { record, attrs }) => {
  const axes = axesOf(attrs.dims, x);
  const turned = (axis: number) => axes.includes(axis);
  return record.slice(
    x,
    x.shape.map((n, axis) => (turned(axis) ? n - 1 : 0)),
    x.shape,
    x.shape.map((_, axis) => (turned(axis) ? -1 : 1)),
  );
};

const slice: Rule = (x, { record, attrs, tensors: [tensor] }) => {
  if (!tensor) return x;
  const [begin = [], size = []] = slice_util.parseSliceParams(
    tensor,
    numbers(attrs.begin),
    numbers(attrs.size),
  );
  slice_util.assertParamsValid(tensor, begin, size);
  return record.slice(x, begin, size);
};

const split: Rule = (x, { record, attrs, tensors: [tensor] }) => {
  if (!tensor) return x;
  const axis = axisOf(attrs.axis, x);
  const given = numbers(attrs.numOrSizeSplits);
  const list = Array.isArray(attrs.numOrSizeSplits);
  const sizes = backend_util.prepareSplitSize(tensor, list ? given : (given[0] ?? 1), axis);
  let from = 0;
  return sizes.map((size) => {
    const part = record.slice(x, put(zeros(x.shape), axis, from), put(x.shape, axis, size));
    from += size;
    return part;
  });
};

const unpack: Rule = (x, { record, attrs }) => {
  const axis = axisOf(attrs.axis, x);
  const shape = put(x.shape, axis, 1);
  return Array.from({ length: x.shape[axis] ?? 0 }, (_, i) =>
    reshaped(record.slice(x, put(zeros(x.shape), axis, i), shape), without(shape, axis)),
  );
};

const concat: Rule = (x, { record, inputs, attrs }) => record.concat(inputs, axisOf(attrs.axis, x));

const pack: Rule = (x, { record, inputs, attrs }) => {
  const axis = Number(attrs.axis);
  return record.concat(
    inputs.map((each) => widened(each, axis)),
    axisOf(axis, widened(x, axis)),
  );
};

/** Of each axis the repeats, with stride 0, then its own numbers. */
const tile: Rule = (x, { record, attrs }) => {
  const own = stridesOf(x.shape);
  const repeats = numbers(attrs.reps);
  const axes = x.shape.flatMap((n, axis) => {
    const times = repeats[axis] ?? 1;
    const repeated = [times, 0] as const;
    const itself = [n, own[axis] ?? 1] as const;
    if (times === 1) return [itself];
    return n === 1 ? [repeated] : [repeated, itself];
  });
  const out = record.view(
    x,
    axes.map(([n]) => n),
    axes.map(([, stride]) => stride),
  );
  return reshaped(
    out,
    x.shape.map((n, axis) => n * (repeats[axis] ?? 1)),
  );
};

const pad: Rule = (x, { record, attrs }) => {
  const sizes = numbers(attrs.paddings);
  const before = x.shape.map((_, axis) => sizes[2 * axis] ?? 0);
  const shape = x.shape.map((n, axis) => n + (before[axis] ?? 0) + (sizes[2 * axis + 1] ?? 0));
  return record.node({ op: 'pad', before, value: Number(attrs.constantValue) }, [x], shape);
};

export const arranging: Kernels = {
  Concat: { rule: concat },
  ExpandDims: { rule: expandDims },
  Identity: { rule: (x) => x },
  Pack: { rule: pack },
  PadV2: { rule: pad },
  Reshape: { rule: reshape },
  Reverse: { rule: reverse },
  Slice: { rule: slice },
  SplitV: { rule: split },
  Tile: { rule: tile },
  Transpose: { rule: transpose },
  Unpack: { rule: unpack },
};
