import { countOf, type Shape } from '../graph/graph.js';
import type { Recorder } from './recorder.js';
import { type Kernels, numbers, type Rule } from './rule.js';

const filled = (record: Recorder, shape: Shape, value: number) =>
  record.constant(new Float32Array(countOf(shape)).fill(value), shape);

/** Sums up in the precision of the array, as tfjs does. */
const range: Rule = (_, { record, attrs }) => {
  const [start, stop, given] = [Number(attrs.start), Number(attrs.stop), Number(attrs.step)];
  const none = start === stop || (start < stop && given < 0) || (stop < start && given > 1);
  const step = stop < start && given === 1 ? -1 : given;
  const count = none ? 0 : Math.abs(Math.ceil((stop - start) / given));
  const values = attrs.dtype === 'int32' ? new Int32Array(count) : new Float32Array(count);
  values.forEach((_, i) => {
    values[i] = i === 0 ? start : (values[i - 1] ?? 0) + step;
  });
  return record.constant(values, [count]);
};

/** Kernels that make the same numbers whatever the tensors hold. */
export const constants: Kernels = {
  Fill: {
    rule: (_, { record, attrs }) => filled(record, numbers(attrs.shape), Number(attrs.value)),
    dtype: 'attr',
  },
  OnesLike: { rule: (x, { record }) => filled(record, x.shape, 1) },
  Range: { rule: range, dtype: 'attr' },
  ZerosLike: { rule: (x, { record }) => filled(record, x.shape, 0) },
};
