import {
  argument,
  fromCore,
  fuzz,
  type Given,
  odds,
  onEachEngine,
  oneOf,
  testEveryExport,
  value,
} from '@tapehead/testing';
import { add, cast, mul, reshape, sum, Tensor, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { registerFused } from './fused.js';
import * as index from './index.js';
import { scan, scanEngine } from './index.js';
import * as layers from './layers.js';
import * as sequenceLayer from './sequence-layer.js';
import { kernelNames } from './testing/kernelNames.js';

/** A state of one number for each sequence: sums of x, of whatever ranks it is. */
const total = (each: Tensor | unknown[]): Tensor =>
  each instanceof Tensor ? sum(reshape(cast(each, 'float32'), [each.shape[0] ?? 0, -1]), 1) : zeros([1]);

/** An empty list is a nest, too. */
type Part = Tensor | unknown[];
type Parts = { readonly a: Part; readonly b: Part };
type State = { readonly h: Part };

const step = ({ a, b }: Parts, { h }: State) => {
  const next = add(mul(0.5, total(h)), add(total(a), total(b)));
  const grown = ({ shape: [batch = 0, ...others] }: Tensor) =>
    reshape(mul(0.1, next), [batch, ...others.map(() => 1)]);
  return { output: { next, both: [a, b] }, state: { h: h instanceof Tensor ? add(h, grown(h)) : h } };
};

const steps: readonly Given[] = [
  value('no state', () => ({ a }: Parts) => ({ output: a })),
  value('another state', () => ({ a }: Parts) => ({ output: a, state: { h: [a] } })),
  value('another dtype', () => ({ a }: Parts) => ({ output: a, state: { h: zeros([1], 'bool') } })),
  value('no batch', () => (_: Parts, state: State) => ({ output: zeros([]), state })),
  value('numbers', () => (_: Parts, state: State) => ({ output: [1], state })),
  value('nothing', () => () => undefined),
  value('a promise', () => async () => undefined),
];

const times = fc.integer({ min: 1, max: 4 });
const args = fc.tuple(times, times).chain(([batch, time]) => {
  const lengths = fc.array(fc.integer({ min: 0, max: time }), { minLength: batch, maxLength: batch });
  const options = fc.oneof(
    { weight: 2, arbitrary: oneOf(undefined, {}, { engine: 'reference' }, { direction: 'backward' }) },
    { weight: 2, arbitrary: lengths.map((each) => value(`lengths ${each}`, () => ({ lengths: each }))) },
    {
      weight: 2,
      arbitrary: argument([batch, time]).map(({ text, make, plain }) =>
        value(`mask ${text}`, () => ({ mask: make(), direction: 'backward' }), plain),
      ),
    },
    {
      weight: 1,
      arbitrary: oneOf({ engine: 'fast' }, { lengths: [9] }, { lengths: 'x' }, { direction: 1 }, { time: 3 }),
    },
    { weight: 1, arbitrary: odds },
  );
  return fc.tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.constant(value('step', () => step)) },
      { weight: 1, arbitrary: fc.constantFrom(...steps) },
      { weight: 1, arbitrary: odds },
    ),
    argument([batch, 2], -1),
    argument([batch, time, 2], -1),
    fc.oneof(argument([batch, time], -1), argument([batch, time, 2, 1], -1)),
    options,
  );
});

const names = [
  'initialState',
  'x',
  'mask',
  'lengths',
  'direction',
  'engine',
  'step',
  'state',
  'output',
  'scan',
];

onEachEngine('whatever scan is called with', { registerFused, kernelNames }, () => {
  fuzz({
    scan: {
      names,
      args,
      call: (given: unknown, h: unknown, a: unknown, b: unknown, options: unknown) =>
        Reflect.apply(scan, undefined, [given, { h }, { a, b }, options]),
    },
    scanEngine: {
      names,
      args,
      call: (given: unknown, h: unknown, a: unknown, b: unknown, options: unknown) =>
        Reflect.apply(scanEngine, undefined, [given, { h }, { a, b }, options]),
    },
    'scan of anything': {
      names,
      args: fc.tuple(odds, odds, odds, odds),
      call: (...all: unknown[]) => Reflect.apply(scan, undefined, all),
      outcomes: 'refusals',
    },
  });
});

const ofTfjs = 'takes what tf.layers takes, and throws its errors: compared with it in dropIn.test.ts';
testEveryExport(
  { index, layers, sequenceLayer },
  {
    ...fromCore,
    lstm: ofTfjs,
    gru: ofTfjs,
    simpleRNN: ofTfjs,
    rnn: ofTfjs,
    ScanLSTM: ofTfjs,
    ScanGRU: ofTfjs,
    ScanSimpleRNN: ofTfjs,
    ScanRNN: ofTfjs,
    recurrent: 'its options are tested one by one in recurrent.test.ts',
    RecurrentLayer: 'its options are tested one by one in recurrent.test.ts',
    SequenceLayer: 'abstract: those derived from it are tested one by one',
    setUnsavable: 'its one argument is a function: recurrent.test.ts',
    scanModel: 'its arguments are tested one by one in model.test.ts',
  },
);
