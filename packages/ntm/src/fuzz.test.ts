import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  listOf,
  odds,
  onEachEngine,
  oneOf,
  sizes,
  testEveryExport,
  value,
} from '@tapehead/testing';
import { type Scalar, square, sum, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { registerFused } from './fused.js';
import * as index from './index.js';
import {
  type Engine,
  type Floats,
  type HeadOptions,
  type LengthOptions,
  LSTMBaseline,
  type LstmBaselineOptions,
  NTM,
  type NtmLayerArgs,
  type NtmOptions,
  type NtmStateLike,
  ntmLayer,
  readHead,
  readHeadSize,
  type SequenceCost,
  type SequenceOptions,
  withMemorySize,
  writeHead,
  writeHeadSize,
} from './index.js';
import { baselineKernelNames, kernelNames } from './testing/kernelNames.js';

const small = { inputSize: 3, outputSize: 2, memorySize: 5, memoryDim: 4, controllerSize: 4, seed: 1 };
const baseline = { inputSize: 3, outputSize: 2, layers: 2, size: 4, seed: 1 };
const names = {
  ...kernelNames,
  lstm: baselineKernelNames.forward,
  lstmBack: baselineKernelNames.backward,
};

/** What a net gives, which is disposed. */
function using<Net extends { dispose(): void }, Result>(net: Net, use: (net: Net) => Result): Result {
  try {
    return use(net);
  } finally {
    net.dispose();
  }
}

const batches = fc.integer({ min: 1, max: 3 });
const times = fc.integer({ min: 1, max: 4 });

const cellsOf = (batch: number): fc.Arbitrary<Given> =>
  fields({ h: argument([batch, 4], -1), c: argument([batch, 4], -1) });
const lstmStates = (batch: number): fc.Arbitrary<Given> => fields({ cells: listOf(cellsOf(batch), 2) });
const states = (batch: number): fc.Arbitrary<Given> =>
  fields({
    controller: fields({ cells: listOf(cellsOf(batch), 1) }),
    memory: argument([batch, 5, 4], -1),
    readWeights: argument([batch, 1, 5]),
    writeWeights: argument([batch, 1, 5]),
    reads: argument([batch, 1, 4], -1),
  });

const interventions = fc.oneof(
  oneOf(undefined, {}, { reed: 1 }, { read: 3 }, { read: () => null }, { write: () => 3 }),
  fc.constant(
    value('a shut gate', () => ({
      read: (said: object) => ({ ...said, gate: [[0]] }),
    })),
  ),
  fc.constant(
    value('a gate of two heads', () => ({
      read: (said: object) => ({ ...said, gate: [[0, 1]] }),
    })),
  ),
  fc.constant(
    value('an erase of ones', () => ({
      write: (said: object & { erase: Floats }) => ({ ...said, erase: [[[1, 1, 1, 1]]] }),
    })),
  ),
  odds,
);

const costs = fc.oneof(
  {
    weight: 4,
    arbitrary: oneOf((logits: Parameters<SequenceCost>[0]): Scalar => sum(square(logits))),
  },
  {
    weight: 1,
    arbitrary: oneOf(
      () => zeros([]),
      () => 3,
      () => zeros([2]),
    ),
  },
  { weight: 1, arbitrary: odds },
);

const lengths = (batch: number, time: number): fc.Arbitrary<Given> =>
  fc.oneof(
    fc
      .array(fc.integer({ min: 0, max: time + 1 }), { minLength: batch, maxLength: batch })
      .map((each) => value(`lengths ${each}`, () => each)),
    oneOf([1], [0.5], [1, 2, 3, 4, 5]),
    odds,
  );

const stateNames = ['state', 'x', 'net'];

onEachEngine('whatever is called', { registerFused, kernelNames: names }, (engine) => {
  const fused = engine === 'fused';
  const ntm = <Result>(use: (net: NTM) => Result, asked: Engine) =>
    using(NTM.build({ ...small, engine: asked }), use);
  const lstm = <Result>(use: (net: LSTMBaseline) => Result, asked: Engine) =>
    using(LSTMBaseline.build({ ...baseline, engine: asked }), use);
  const both = (call: (asked: Engine) => (...args: never[]) => unknown) => ({
    call: call('auto'),
    ...(fused ? { same: call('reference') } : {}),
  });
  const ofGradients = (grads: object) => Object.values(grads);
  fuzz({
    sequence: {
      names: [...stateNames, 'trace', 'intervene', 'lengths', 'mask', 'sequence'],
      args: fc
        .tuple(batches, times)
        .chain(([batch, time]) =>
          fc.tuple(
            argument([batch, time, 3], -1),
            fc.oneof(
              oneOf(undefined, {}),
              fields({ state: states(batch) }),
              fields({ state: states(batch), trace: oneOf(true, false, 1), intervene: interventions }),
              fields({ intervene: interventions }),
              fields({ lengths: lengths(batch, time), trace: oneOf(undefined, true) }),
              fields({ mask: argument([batch, time]), lengths: fc.oneof(oneOf(undefined), odds) }),
              odds,
            ),
          ),
        ),
      ...both(
        (asked) => (x: Floats, options?: SequenceOptions) => ntm((net) => net.sequence(x, options), asked),
      ),
    },
    step: {
      names: [...stateNames, 'intervene'],
      args: batches.chain((batch) => fc.tuple(argument([batch, 3], -1), states(batch), interventions)),
      ...both(
        (asked) =>
          (...args: Parameters<NTM['step']>) =>
            ntm((net) => net.step(...args), asked),
      ),
    },
    'step of a feed-forward net': {
      names: stateNames,
      args: batches.chain((batch) =>
        fc.tuple(
          argument([batch, 3], -1),
          fields({
            controller: fc.oneof(oneOf({}), oneOf({}, { cells: [] }), odds),
            memory: argument([batch, 5, 4], -1),
            readWeights: argument([batch, 1, 5]),
            writeWeights: argument([batch, 1, 5]),
            reads: argument([batch, 1, 4], -1),
          }),
        ),
      ),
      ...both(
        (asked) => (x: Floats, state: NtmStateLike) =>
          using(NTM.build({ ...small, controller: 'feedforward', engine: asked }), (net) =>
            net.step(x, state),
          ),
      ),
    },
    differentiate: {
      names: ['x', 'cost', 'net', 'lengths', 'mask', 'differentiate'],
      args: fc
        .tuple(batches, times)
        .chain(([batch, time]) =>
          fc.tuple(
            argument([batch, time, 3], -1),
            costs,
            fc.oneof(oneOf(undefined, {}), fields({ lengths: lengths(batch, time) }), odds),
          ),
        ),
      ...both((asked) => (x: Floats, cost: SequenceCost, options?: LengthOptions) => {
        const { value: total, grads } = ntm((net) => net.differentiate(x, cost, options), asked);
        return [total, ofGradients(grads)];
      }),
    },
    initialState: {
      names: ['batch'],
      args: fc.tuple(sizes(1, 3)),
      ...both((asked) => (batch: number) => ntm((net) => net.initialState(batch), asked)),
    },
    'LSTMBaseline sequence': {
      names: ['sequence', 'lengths', ...stateNames],
      args: fc
        .tuple(batches, times)
        .chain(([batch, time]) =>
          fc.tuple(
            argument([batch, time, 3], -1),
            fc.oneof(
              oneOf(undefined, {}),
              fields({ state: lstmStates(batch) }),
              fields({ lengths: lengths(batch, time) }),
              odds,
            ),
          ),
        ),
      ...both(
        (asked) =>
          (...args: Parameters<LSTMBaseline['sequence']>) =>
            lstm((net) => net.sequence(...args), asked),
      ),
    },
    'LSTMBaseline step': {
      names: stateNames,
      args: batches.chain((batch) => fc.tuple(argument([batch, 3], -1), lstmStates(batch))),
      ...both(
        (asked) =>
          (...args: Parameters<LSTMBaseline['step']>) =>
            lstm((net) => net.step(...args), asked),
      ),
    },
    'LSTMBaseline differentiate': {
      names: ['x', 'cost'],
      args: fc
        .tuple(batches, times)
        .chain(([batch, time]) => fc.tuple(argument([batch, time, 3], -1), costs)),
      ...both((asked) => (x: Floats, cost: SequenceCost) => {
        const { value: total, grads } = lstm((net) => net.differentiate(x, cost), asked);
        return [total, ofGradients(grads)];
      }),
    },
    'LSTMBaseline initialState': {
      names: ['initialState', 'batch'],
      args: fc.tuple(sizes(1, 3)),
      ...both((asked) => (batch: number) => lstm((net) => net.initialState(batch), asked)),
    },
    'NTM.build': {
      names: [
        ...Object.keys(small),
        'readHeads',
        'numHeads',
        'shifts',
        'layers',
        'controller',
        'order',
        'engine',
        'initialMemory',
        'outputActivation',
        'variable',
        ...['controllerActivation', 'headInput', 'keyActivation', 'sharpenEpsilon', 'clipHeads'],
      ],
      args: fc.tuple(
        fc.oneof(
          fields({
            inputSize: sizes(1, 3),
            memorySize: sizes(3, 5),
            memoryDim: sizes(2, 3),
            controllerSize: sizes(1, 4),
          }),
          fields({
            inputSize: oneOf(2),
            controllerSize: oneOf(3),
            memorySize: oneOf(4),
            numHeads: sizes(1, 2),
            shifts: fc.oneof(oneOf(1, 3), sizes(1, 3)),
            layers: sizes(1, 2),
            controller: fc.oneof(oneOf('lstm', 'feedforward'), odds),
            order: fc.oneof(oneOf('write-first', 'read-first', 'in-turn'), odds),
          }),
          fields({
            inputSize: oneOf(2),
            controllerSize: oneOf(3),
            memorySize: oneOf(4),
            controllerActivation: fc.oneof(oneOf('relu', 'tanh'), odds),
            headInput: fc.oneof(oneOf('cell', 'output'), odds),
            keyActivation: fc.oneof(oneOf('linear'), odds),
            sharpenEpsilon: fc.oneof(oneOf(0.1, 1e-16, -1), odds),
            clipHeads: fc.oneof(oneOf(1, 0, -1), odds),
          }),
          fields({
            inputSize: oneOf(2),
            engine: oneOf('auto', 'fast'),
            initialMemory: fc.oneof(oneOf('random'), odds),
          }),
          odds,
        ),
        fc.oneof({ weight: 9, arbitrary: oneOf(undefined) }, { weight: 1, arbitrary: odds }),
      ),
      call: (options: NtmOptions, variable: Parameters<typeof NTM.build>[1]) =>
        using(NTM.build(options, variable), (net) =>
          tidy(() => net.sequence(zeros([1, 2, net.config.inputSize])).logits),
        ),
    },
    'LSTMBaseline.build': {
      names: [...Object.keys(baseline), 'engine', 'outputActivation'],
      args: fc.tuple(
        fc.oneof(
          fields({ inputSize: sizes(1, 3), size: sizes(1, 4), layers: sizes(1, 2) }),
          fields({ inputSize: oneOf(2), size: oneOf(3), outputActivation: fc.oneof(oneOf('tanh'), odds) }),
          odds,
        ),
      ),
      call: (options: LstmBaselineOptions) =>
        using(LSTMBaseline.build(options), (net) =>
          tidy(() => net.sequence(zeros([1, 2, net.config.inputSize])).logits),
        ),
    },
    ntmLayer: {
      names: [
        ...Object.keys(small),
        'NTM.build',
        'inputShape',
        'batchInputShape',
        'returnSequences',
        'returnState',
        'goBackwards',
        'dropout',
        'trainable',
        'layers',
        'x',
      ],
      args: fc.tuple(
        fc.oneof(
          fields({
            memorySize: sizes(3, 5),
            memoryDim: sizes(2, 3),
            controllerSize: oneOf(3),
            outputSize: sizes(1, 2),
          }),
          fields({
            memorySize: oneOf(4),
            controllerSize: oneOf(3),
            inputShape: fc.oneof(oneOf([null, 3], [2, 3], [3], [2, -3], [2, null], 3), odds),
            returnSequences: fc.oneof(oneOf(true, false), odds),
          }),
          fields({ memorySize: oneOf(4), stateful: oneOf(true) }),
          fields({
            memorySize: oneOf(4),
            controllerSize: oneOf(3),
            returnState: fc.oneof(oneOf(true, false), odds),
            goBackwards: fc.oneof(oneOf(true), odds),
            dropout: fc.oneof(oneOf(0, 0.5, 1, -1), odds),
          }),
          odds,
        ),
        fc.tuple(batches, times).chain(([batch, time]) => argument([batch, time, 3], -1)),
      ),
      call: (args: NtmLayerArgs, x: Floats) => {
        const layer = ntmLayer(args);
        layer.build([null, null, 3]);
        try {
          return layer.call(like(x));
        } finally {
          for (const weight of layer.weights) weight.dispose();
        }
      },
    },
    readHeadSize: {
      names: ['memoryDim', 'shifts'],
      args: fc.tuple(sizes(1, 4), fc.oneof(oneOf(undefined, 1, 3), sizes(1, 3))),
      call: readHeadSize,
    },
    writeHeadSize: {
      names: ['memoryDim', 'shifts'],
      args: fc.tuple(sizes(1, 4), fc.oneof(oneOf(undefined, 1, 3), sizes(1, 3))),
      call: writeHeadSize,
    },
    withMemorySize: {
      names: ['net', 'memorySize', 'NTM.build'],
      args: fc.tuple(
        fc.oneof({ weight: 4, arbitrary: oneOf(small) }, { weight: 1, arbitrary: odds }),
        sizes(4, 8),
      ),
      call: (net: NtmOptions, memorySize: number) =>
        net === small
          ? using(NTM.build(small), (built) => largerThan(built, memorySize))
          : Reflect.apply(withMemorySize, undefined, [net, memorySize]),
    },
    readHead: headCase(readHead, readHeadSize(4)),
    writeHead: headCase(writeHead, writeHeadSize(4)),
  });
});

/** What a net with a larger tape gives. */
const largerThan = (net: NTM, memorySize: number): Tensor =>
  using(withMemorySize(net, memorySize), (larger) =>
    tidy(() => larger.sequence(zeros([1, 2, net.config.inputSize])).logits),
  );

/** A head without kernels of its own in the test: both engines are the same. */
function headCase(head: typeof readHead | typeof writeHead, size: number) {
  return {
    names: [
      'controllerOut',
      'memory',
      'kernel',
      'bias',
      'previous',
      'shifts',
      'engine',
      ...['keyAndAddActivation', 'keyActivation', 'addActivation', 'sharpenEpsilon'],
    ],
    args: fc.record({ batch: batches, heads: fc.integer({ min: 1, max: 2 }) }).chain(({ batch, heads }) =>
      fc.tuple(
        argument([batch, 3], -1),
        argument([batch, 5, 4], -1),
        fc.oneof(
          fields({ kernel: argument([3, heads * size], -1), bias: argument([heads * size], -1) }),
          fields({
            kernel: argument([3, heads * size], -1),
            bias: argument([heads * size], -1),
            previous: argument([batch, heads, 5]),
            keyAndAddActivation: fc.oneof(oneOf('tanh', 'linear'), odds),
            shifts: fc.oneof(oneOf(3), sizes(1, 3)),
          }),
          fields({
            kernel: argument([3, heads * size], -1),
            bias: argument([heads * size], -1),
            keyActivation: fc.oneof(oneOf('tanh', 'linear'), odds),
            addActivation: fc.oneof(oneOf('tanh', 'linear'), odds),
            sharpenEpsilon: fc.oneof(oneOf(0, 0.5), odds),
          }),
        ),
      ),
    ),
    call: (controllerOut: Floats, memory: Floats, options: HeadOptions) =>
      head(controllerOut, memory, options),
  };
}

/** As it comes: tf.layers says what it takes, and people pass other things. */
const like = (x: Floats): Tensor => Object.assign(JSON.parse('{}'), { x }).x;

testEveryExport(
  { index },
  {
    ...fromCore,
    contentAddressing: 'of @tapehead/addressing, called there',
    buildController: 'of @tapehead/controller, called there',
    NtmLayer: 'the class that ntmLayer makes',
  },
);
