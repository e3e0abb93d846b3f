import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  odds,
  onEachBackend,
  oneOf,
  sizes,
  testEveryExport,
  value,
} from '@tapehead/testing';
import { Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { input, LayersModel, model as modelOf, SymbolicTensor } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { NTM } from '../index.js';
import * as layers from '../layers.js';
import {
  type BuildOptions,
  build,
  buildController,
  contentAddressing,
  type FromNtmOptions,
  fromNtm,
  initialState,
  readHead,
  writeHead,
} from '../layers.js';

const small = { inputSize: 2, memorySize: 5, memoryDim: 4, controllerSize: 3, seed: 1 } as const;

/** A symbolic tensor of this shape in most cases; else of another, or something else. */
const symbolicOf = (...shape: number[]): fc.Arbitrary<Given> => {
  const one = (of: readonly (number | null)[]) => value(`symbolic [${of}]`, () => input({ shape: [...of] }));
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(one(shape)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        one([...shape, 1]),
        one(shape.slice(1)),
        one(shape.map((size) => size + 1)),
        one([null, 4]),
      ),
    },
    { weight: 1, arbitrary: fc.oneof(argument([2, ...shape]), odds) },
  );
};

/** Runs a graph on zeros and gives its shapes; what was made is disposed. */
function run(given: unknown, inputs: readonly unknown[]): unknown {
  const outputs = symbolicIn([given]);
  if (outputs.length === 0) return given;
  const model = modelOf({ inputs: symbolicIn(inputs), outputs });
  return ran(model);
}

function ran(model: LayersModel): Tensor[] {
  try {
    return tidy(() => {
      const zero = model.inputs.map(({ shape }) => zeros(shape.map((size) => size ?? 2)));
      const outputs: unknown = model.apply(zero);
      return [outputs].flat().filter((each) => each instanceof Tensor);
    });
  } finally {
    model.dispose();
  }
}

const symbolicIn = (given: readonly unknown[]): SymbolicTensor[] =>
  given.flat().filter((each) => each instanceof SymbolicTensor);

const headOptions = fc.oneof(
  { weight: 2, arbitrary: oneOf(undefined, {}) },
  {
    weight: 6,
    arbitrary: fields({
      memorySize: sizes(5),
      memoryDim: sizes(4),
      numHeads: fc.oneof(oneOf(undefined), sizes(1, 2)),
      shifts: fc.oneof(oneOf(undefined, 1, 3), sizes(1, 3)),
    }),
  },
  {
    weight: 3,
    arbitrary: fields({
      previous: symbolicOf(5),
      keyAndAddActivation: fc.oneof(oneOf('tanh', 'linear'), odds),
      keyActivation: fc.oneof(oneOf('tanh', 'linear'), odds),
      sharpenEpsilon: fc.oneof(oneOf(0, 0.5, 1), odds),
      outputs: fc.oneof(oneOf('result', 'result-and-weights'), odds),
      name: fc.oneof(oneOf(undefined, 'mine'), odds),
    }),
  },
  { weight: 1, arbitrary: odds },
);

const headNames = [
  'controllerOut',
  'memory',
  'memorySize',
  'memoryDim',
  'numHeads',
  'shifts',
  'previous',
  'keyAndAddActivation',
  'keyActivation',
  'sharpenEpsilon',
  'outputs',
  'name',
];

const headCase = (head: typeof readHead | typeof writeHead) => ({
  names: headNames,
  args: fc.tuple(symbolicOf(3), symbolicOf(5, 4), headOptions),
  call: (...args: Parameters<typeof readHead>) => run(head(...args), [args[0], args[1], args[2]?.previous]),
});

onEachBackend('whatever is called', () => {
  fuzz({
    build: {
      names: [
        ...Object.keys(small),
        'outputSize',
        'numHeads',
        'readHeads',
        'writeHeads',
        'layers',
        'shifts',
        'keyAndAddActivation',
        'outputActivation',
        'order',
        'outputs',
        'name',
        'engine',
        'initialMemory',
      ],
      args: fc.tuple(
        fc.oneof(
          fields({
            inputSize: sizes(1, 3),
            memorySize: sizes(3, 5),
            memoryDim: sizes(2, 3),
            controllerSize: sizes(1, 4),
            outputs: fc.oneof(oneOf('output', 'output-and-state'), odds),
          }),
          fields({
            inputSize: oneOf(2),
            controllerSize: oneOf(3),
            memorySize: oneOf(4),
            numHeads: sizes(1, 2),
            shifts: fc.oneof(oneOf(1, 3), sizes(1, 3)),
            layers: sizes(1, 2),
            order: fc.oneof(oneOf('write-first', 'read-first'), odds),
          }),
          fields({
            inputSize: oneOf(2),
            controllerSize: oneOf(3),
            outputActivation: fc.oneof(oneOf('softmax', 'tanh'), odds),
            name: fc.oneof(oneOf('mine'), odds),
            engine: fc.oneof(oneOf('auto', 'reference'), odds),
            initialMemory: oneOf('random'),
          }),
          odds,
        ),
      ),
      call: (options: BuildOptions) => ran(build(options)),
    },
    buildController: {
      names: ['input', 'controllerSize', 'state', 'outputs', 'name', 'seed'],
      args: fc.tuple(
        symbolicOf(3),
        sizes(2, 3),
        fc.oneof(
          oneOf(undefined, {}, { state: 3 }, { state: [1, 2] }),
          fields({
            outputs: fc.oneof(oneOf('output', 'output-and-state'), odds),
            name: fc.oneof(oneOf(undefined, 'mine'), odds),
            seed: fc.oneof(oneOf(undefined, 1), odds),
          }),
          odds,
        ),
      ),
      call: (...args: Parameters<typeof buildController>) => run(buildController(...args), [args[0]]),
    },
    contentAddressing: {
      names: ['key', 'memory', 'beta', 'options'],
      args: fc.tuple(symbolicOf(4), symbolicOf(5, 4), symbolicOf(1), oneOf(undefined, { name: 'mine' })),
      call: (...args: Parameters<typeof contentAddressing>) => run(contentAddressing(...args), args),
    },
    'contentAddressing of tensors': {
      names: ['key', 'memory', 'beta'],
      args: fc.tuple(argument([2, 4], -1), argument([2, 5, 4], -1), argument([2, 1])),
      call: (...args: Parameters<typeof contentAddressing>) => run(contentAddressing(...args), args),
    },
    readHead: headCase(readHead),
    writeHead: headCase(writeHead),
    initialState: {
      names: ['model', 'memory'],
      args: fc.tuple(
        fc.oneof(
          {
            weight: 6,
            arbitrary: fc.constant(value('a model', () => build({ ...small, outputs: 'output-and-state' }))),
          },
          { weight: 1, arbitrary: fc.constant(value('one of two inputs', () => build(small))) },
          { weight: 1, arbitrary: odds },
        ),
        argument([2, 5, 4], -1),
      ),
      call: (model: LayersModel, memory: Tensor) => {
        try {
          return initialState(model, memory);
        } finally {
          if (model instanceof LayersModel) model.dispose();
        }
      },
    },
    fromNtm: {
      names: ['ntm', 'net', 'outputs', 'name', 'engine'],
      args: fc.tuple(
        oneOf({}, { controller: 'feedforward' }, { numHeads: 2 }),
        fc.oneof(
          oneOf(undefined, {}, { outputs: 'output-and-state' }),
          fields({
            outputs: fc.oneof(oneOf('output', 'output-and-state'), odds),
            name: fc.oneof(oneOf('mine'), odds),
          }),
          odds,
        ),
      ),
      call: (changed: object, options: FromNtmOptions) => {
        const ntm = NTM.build({ ...small, ...changed });
        try {
          return ran(fromNtm(ntm, options));
        } finally {
          ntm.dispose();
        }
      },
    },
  });
});

const made = 'a class of layers, whose instances the functions make';
testEveryExport(
  { layers },
  {
    ...fromCore,
    ContentAddressing: made,
    InitialRead: made,
    LstmController: made,
    ReadHead: made,
    WriteHead: made,
  },
);
