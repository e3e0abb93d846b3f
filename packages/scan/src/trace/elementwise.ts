import { BINARY, UNARY } from '../graph/functions.js';
import type { Operand } from '../graph/graph.js';
import { Obstacle, opName } from './obstacle.js';
import type { Recorder } from './recorder.js';
import { type Call, type Kernel, type Kernels, numbers, type Rule } from './rule.js';

/** Functions that give whole numbers of whole numbers. */
const whole = new Set('abs add ceil floor floorDiv max min mod mul neg pow round sign square sub'.split(' '));
const truths = /^(and|equal|greater|is|less|not|or|xor)/;
/** Kernels with another name than their function. */
const kernelNames: Readonly<Record<string, string>> = {
  and: 'LogicalAnd',
  div: 'RealDiv',
  isNaN: 'IsNan',
  max: 'Maximum',
  min: 'Minimum',
  mul: 'Multiply',
  not: 'LogicalNot',
  or: 'LogicalOr',
  xor: 'LogicalXor',
};

function keysOf<K extends string>(table: Readonly<Record<K, unknown>>): K[] {
  const keys: K[] = [];
  for (const key in table) keys.push(key);
  return keys;
}

/** A kernel for each function of one or two numbers. */
const plain = Object.fromEntries(
  [...keysOf(UNARY), ...keysOf(BINARY)].map((f): [string, Kernel] => {
    const rule: Rule = (_, { record, inputs }) => record.map(f, ...inputs);
    const name = kernelNames[f] ?? f.charAt(0).toUpperCase() + f.slice(1);
    return [name, truths.test(f) ? { rule, dtype: 'bool' } : { rule, fractions: !whole.has(f) }];
  }),
);

type Activation = (r: Recorder, x: Operand, alpha?: Operand | number) => Operand;

/** Where x > 0 itself, else `other`. */
const unlessPositive = (r: Recorder, x: Operand, other: Operand, itself = x) =>
  r.map('select', r.map('step', x), itself, other);
const leaky: Activation = (r, x, alpha = 0.2) => unlessPositive(r, x, r.map('mul', alpha, x));

const activations: Readonly<Record<string, Activation>> = {
  relu: (r, x) => r.map('max', x, 0),
  relu6: (r, x) => r.map('min', r.map('max', x, 0), 6),
  elu: (r, x) => unlessPositive(r, x, r.map('expm1', x)),
  leakyrelu: leaky,
  prelu: leaky,
  sigmoid: (r, x) => r.map('sigmoid', x),
};

const [scaleAlpha, scale] = [1.7580993408473768, 1.0507009873554805];

const activate =
  (name: string): Rule =>
  (x, { record }) =>
    activations[name]?.(record, x) ?? x;

const cast: Rule = (x, { record, attrs, tensors: [from] }) => {
  if (attrs.dtype === 'bool') return from?.dtype === 'bool' ? x : record.map('truth', x);
  return attrs.dtype === 'int32' && from?.dtype === 'float32' ? record.map('truncate', x) : x;
};

const select: Rule = (condition, { record, inputs: [, otherwise, then] }) => {
  if (!then || !otherwise) return condition;
  if (condition.shape.length !== then.shape.length) {
    throw new Obstacle(`${opName('Select')} with a condition of fewer axes cannot be compiled`);
  }
  return record.map('select', condition, then, otherwise);
};

const addUp: Rule = (x, { record, inputs }) =>
  inputs.slice(1).reduce((sum, each) => record.map('add', sum, each), x);

const clip: Rule = (x, { record, attrs }) =>
  record.map('min', record.map('max', x, Number(attrs.clipValueMin)), Number(attrs.clipValueMax));

const step: Rule = (x, { record, attrs }) => {
  const alpha = numbers(attrs.alpha)[0] ?? 0;
  const positive = record.map('step', x);
  return alpha === 0 ? positive : record.map('select', positive, 1, alpha);
};

/** dy where y > 0, else dy (y + 1). */
const eluSlope: Rule = (dy, { record, inputs: [, y] }) =>
  y ? unlessPositive(record, y, record.map('mul', dy, record.map('add', y, 1)), dy) : dy;

const selu: Rule = (x, { record }) =>
  unlessPositive(
    record,
    x,
    record.map('mul', record.map('expm1', x), scaleAlpha),
    record.map('mul', x, scale),
  );

/** (x - mean) / √(variance + ε) · scale + offset */
const batchNorm: Rule = (mean, { record, attrs, named }) => {
  const [x, variance, scale, offset] = ['x', 'variance', 'scale', 'offset'].map(named);
  if (!x || !variance) return mean;
  const deviation = record.map('rsqrt', record.map('add', variance, Number(attrs.varianceEpsilon)));
  const normal = record.map('mul', record.map('sub', x, mean), deviation);
  const scaled = scale ? record.map('mul', normal, scale) : normal;
  return offset ? record.map('add', scaled, offset) : scaled;
};

/** a · b, a bias, an activation. */
export function fusedProduct(a: Operand, { record, attrs, named }: Call): Operand {
  const [b = a, bias, slopes] = ['b', 'bias', 'preluActivationWeights'].map(named);
  const product = record.product(a, b, attrs.transposeA === true, attrs.transposeB === true);
  const sum = bias ? record.map('add', product, bias) : product;
  const alpha = slopes ?? numbers(attrs.leakyreluAlpha)[0];
  return activations[String(attrs.activation)]?.(record, sum, alpha) ?? sum;
}

export const elementwise: Kernels = {
  ...plain,
  AddN: { rule: addUp },
  Cast: { rule: cast, dtype: 'attr' },
  ClipByValue: { rule: clip },
  Elu: { rule: activate('elu'), fractions: true },
  EluGrad: { rule: eluSlope },
  FusedBatchNorm: { rule: batchNorm, fractions: true },
  LeakyRelu: {
    rule: (x, { record, attrs }) => leaky(record, x, Number(attrs.alpha)),
    dtype: 'float32',
  },
  Prelu: { rule: (alpha, { record, inputs: [, x = alpha] }) => leaky(record, x, alpha), dtype: 'float32' },
  Relu: { rule: activate('relu') },
  Relu6: { rule: activate('relu6') },
  Select: { rule: select },
  Selu: { rule: selu, fractions: true },
  SquaredDifference: {
    rule: (a, { record, inputs: [, b = a] }) => record.map('square', record.map('sub', a, b)),
  },
  Step: { rule: step },
  _FusedMatMul: { rule: fusedProduct },
};
