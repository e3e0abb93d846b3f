import { backend_util, slice_util, util } from '@tensorflow/tfjs-core';
import { countOf, type Operand, type Shape, stridesOf } from '../graph/graph.js';
import { reshaped } from './recorder.js';
import { axesOf, axisOf, type Call, type Kernels, numbers, type Rule } from './rule.js';

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

const stridedSlice: Rule = (x, { record, attrs }) => {
  const { begin, strides, finalShapeSparse, finalShape } = slice_util.sliceInfo(
    [...x.shape],
    numbers(attrs.begin),
    numbers(attrs.end),
    numbers(attrs.strides),
    Number(attrs.beginMask),
    Number(attrs.endMask),
    Number(attrs.ellipsisMask),
    Number(attrs.newAxisMask),
    Number(attrs.shrinkAxisMask),
  );
  return reshaped(record.slice(x, begin, finalShapeSparse, strides), finalShape);
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

/** [front, back] for each axis. */
function paddings(x: Operand, { attrs }: Call): (readonly [number, number])[] {
  const flat = numbers(attrs.paddings);
  return x.shape.map((_, axis) => [flat[2 * axis] ?? 0, flat[2 * axis + 1] ?? 0]);
}

const pad: Rule = (x, call) => {
  const sizes = paddings(x, call);
  const shape = x.shape.map((n, axis) => n + (sizes[axis]?.[0] ?? 0) + (sizes[axis]?.[1] ?? 0));
  const before = sizes.map(([front]) => front);
  return call.record.node(
    { op: 'pad', before, value: numbers(call.attrs.constantValue)[0] ?? 0 },
    [x],
    shape,
  );
};

const mirrorPad: Rule = (x, call) =>
  paddings(x, call).reduce((padded, [front, back], axis) => {
    const n = padded.shape[axis] ?? 0;
    const skip = call.attrs.mode === 'reflect' ? 1 : 0;
    const backwards = (from: number, size: number) =>
      size === 0
        ? []
        : [
            call.record.slice(
              padded,
              put(zeros(padded.shape), axis, from),
              put(padded.shape, axis, size),
              put(
                padded.shape.map(() => 1),
                axis,
                -1,
              ),
            ),
          ];
    const parts = [...backwards(front - 1 + skip, front), padded, ...backwards(n - 1 - skip, back)];
    return parts.length === 1 ? padded : call.record.concat(parts, axis);
  }, x);

export const arranging: Kernels = {
  Concat: { rule: concat },
  ExpandDims: { rule: expandDims },
  Identity: { rule: (x) => x },
  MirrorPad: { rule: mirrorPad },
  Pack: { rule: pack },
  PadV2: { rule: pad },
  Reshape: { rule: reshape },
  Reverse: { rule: reverse },
  Slice: { rule: slice },
  SplitV: { rule: split },
  StridedSlice: { rule: stridedSlice },
  Tile: { rule: tile },
  Transpose: { rule: transpose },
  Unpack: { rule: unpack },
};
