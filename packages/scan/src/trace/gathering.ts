import { backend_util } from '@tensorflow/tfjs-core';
import { countOf, type Fold, type Operand, type Shape } from '../graph/graph.js';
import { Obstacle, opName } from './obstacle.js';
import { type Recorder, reshaped } from './recorder.js';
import { axesOf, axisOf, type Kernels, numbers, type Rule } from './rule.js';

const without = (shape: Shape, axes: readonly number[]) => shape.filter((_, i) => !axes.includes(i));

const folded =
  (f: Fold, then: (r: Recorder, out: Operand, count: number) => Operand = (_, out) => out): Rule =>
  (x, { record, attrs }) => {
    const axes = axesOf(attrs.axis ?? attrs.reductionIndices, x);
    const out = then(record, record.fold(f, x, axes), countOf(axes.map((axis) => x.shape[axis] ?? 1)));
    return attrs.keepDims === true ? out : reshaped(out, without(x.shape, axes));
  };

const mean = folded('sum', (r, sum, count) => r.map('mul', sum, 1 / count));

const best =
  (op: 'argMax' | 'argMin'): Rule =>
  (x, { record, attrs }) => {
    const axis = axisOf(attrs.axis ?? 0, x);
    return record.node({ op, axis }, [x], without(x.shape, [axis]));
  };

const cumulate =
  (f: 'sum' | 'prod'): Rule =>
  (x, { record, attrs: { axis, exclusive, reverse } }) =>
    record.node(
      { op: 'cumulate', f, axis: axisOf(axis, x), exclusive: exclusive === true, reverse: reverse === true },
      [x],
      x.shape,
    );

const product: Rule = (a, { record, inputs: [, b = a], attrs }) =>
  record.product(a, b, attrs.transposeA === true, attrs.transposeB === true);

const softmax: Rule = (x, { record }) => record.node({ op: 'softmax' }, [x], x.shape);

const gather: Rule = (indices, { record, attrs, tensors, inputs: [, x = indices] }) => {
  const [places, from] = tensors;
  if (!places || !from) return x;
  const axis = axisOf(attrs.axis, x);
  const batchDims = numbers(attrs.batchDims)[0] ?? 0;
  const { outputShape } = backend_util.segment_util.collectGatherOpShapeInfo(from, places, axis, batchDims);
  if (batchDims !== 0 && batchDims !== 1) {
    throw new Obstacle(`${opName('GatherV2')} with batchDims ${batchDims} cannot be compiled`);
  }
  return record.node({ op: 'gather', axis }, [x, indices], outputShape, batchDims === 1);
};

const segmentSum: Rule = (segments, { record, attrs, inputs: [, x = segments] }) => {
  if (segments.shape.length !== 1) {
    throw new Obstacle(`${opName('UnsortedSegmentSum')} with segments of several axes cannot be compiled`);
  }
  const shape = [Number(attrs.numSegments), ...x.shape.slice(1)];
  return record.node({ op: 'segmentSum' }, [x, segments], shape);
};

/** A comparison of each index with all places: nobody need write out what is only read by a sum. */
const oneHot: Rule = (indices, { record, attrs }) => {
  const depth = Number(attrs.depth);
  const [on, off] = [Number(attrs.onValue), Number(attrs.offValue)];
  const places = record.constant(
    Float32Array.from({ length: depth }, (_, i) => i),
    [depth],
  );
  const isThere = record.map('equal', { ...indices, shape: [...indices.shape, 1] }, places);
  return on === 1 && off === 0 ? isThere : record.map('select', isThere, on, off);
};

export const gathering: Kernels = {
  All: { rule: folded('min') },
  Any: { rule: folded('max') },
  ArgMax: { rule: best('argMax'), dtype: 'int32' },
  ArgMin: { rule: best('argMin'), dtype: 'int32' },
  BatchMatMul: { rule: product },
  Cumprod: { rule: cumulate('prod') },
  Cumsum: { rule: cumulate('sum') },
  GatherV2: { rule: gather },
  Max: { rule: folded('max') },
  Mean: { rule: mean, dtype: 'float32' },
  Min: { rule: folded('min') },
  OneHot: { rule: oneHot, dtype: 'attr' },
  Prod: { rule: folded('prod') },
  Softmax: { rule: softmax, fractions: true },
  Sum: { rule: folded('sum') },
  UnsortedSegmentSum: { rule: segmentSum },
};
