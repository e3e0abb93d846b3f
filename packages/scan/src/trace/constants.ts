import { countOf, type Shape } from '../graph/graph.js';
import type { Recorder } from './recorder.js';
import { type Kernels, numbers, type Rule } from './rule.js';

const filled = (record: Recorder, shape: Shape, value: number) =>
  record.constant(new Float32Array(countOf(shape)).fill(value), shape);

/** Sums up in the precision of the array, as tfjs does. */
function climb(values: Float32Array | Int32Array, start: number, step: number): Float32Array | Int32Array {
  values[0] = start;
  for (let i = 1; i < values.length; i++) values[i] = (values[i - 1] ?? 0) + step;
  return values;
}

const range: Rule = (_, { record, attrs }) => {
  const [start, stop, step] = [Number(attrs.start), Number(attrs.stop), Number(attrs.step)];
  const none = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
  const count = none ? 0 : Math.abs(Math.ceil((stop - start) / step));
  const values = attrs.dtype === 'int32' ? new Int32Array(count) : new Float32Array(count);
  return record.constant(climb(values, start, stop < start && step === 1 ? -1 : step), [count]);
};

const linSpace: Rule = (_, { record, attrs }) => {
  const [start, count] = [Number(attrs.start), Number(attrs.num)];
  const step = (Number(attrs.stop) - start) / (count - 1);
  return record.constant(climb(new Float32Array(count), start, step), [count]);
};

/** Kernels that make the same numbers whatever the tensors hold. */
export const constants: Kernels = {
  Fill: {
    rule: (_, { record, attrs }) => filled(record, numbers(attrs.shape), Number(attrs.value)),
    dtype: 'attr',
  },
  LinSpace: { rule: linSpace, dtype: 'float32' },
  OnesLike: { rule: (x, { record }) => filled(record, x.shape, 1) },
  Range: { rule: range, dtype: 'attr' },
  ZerosLike: { rule: (x, { record }) => filled(record, x.shape, 0) },
};
