import { isTapeheadError } from '@tapehead/core';
import {
  type Given,
  odds,
  onEachBackend,
  oneOf,
  recordTotals,
  relativeError,
  tensorsIn,
} from '@tapehead/testing';
import { dispose, memory, randomUniform, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import {
  LSTMBaseline,
  type LstmBaselineOptions,
  NTM,
  type NtmLayerArgs,
  type NtmOptions,
  ntmLayer,
} from './index.js';

/** Configurations for each backend: some on every run of the tests, 5,000 for the long run. */
const CONFIGURATIONS = Number(process.env.FUZZ_CONFIGURATIONS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 13);

type Kind = 'NTM.build' | 'LSTMBaseline.build' | 'ntmLayer';
type Options = Readonly<Record<string, fc.Arbitrary<Given>>>;

/** Sizes that are always given, because the defaults are large. */
const sizes: Readonly<Record<Kind, Options>> = {
  'NTM.build': {
    inputSize: oneOf(1, 2, 3, 5),
    memorySize: oneOf(3, 4, 5, 9),
    memoryDim: oneOf(1, 2, 3, 4, 6),
    controllerSize: oneOf(1, 2, 3, 4, 7),
  },
  'LSTMBaseline.build': { inputSize: oneOf(1, 2, 3, 5), size: oneOf(1, 2, 3, 4, 7) },
  ntmLayer: {
    memorySize: oneOf(3, 4, 5, 9),
    memoryDim: oneOf(1, 2, 3, 4, 6),
    controllerSize: oneOf(1, 2, 3, 4, 7),
  },
};

const ofNets: Options = {
  outputSize: oneOf(1, 2, 4),
  layers: oneOf(1, 2, 3),
  outputActivation: oneOf('sigmoid', 'tanh', 'softmax', 'linear'),
  seed: oneOf(0, 1, -7, 2 ** 53 - 1),
  engine: oneOf('auto'),
};
const ofMachines: Options = {
  ...ofNets,
  numHeads: oneOf(1, 2),
  readHeads: oneOf(1, 2, 3),
  writeHeads: oneOf(1, 2, 3),
  controller: oneOf('lstm', 'feedforward'),
  shifts: oneOf(1, 3),
  controllerActivation: oneOf('tanh', 'relu'),
  headInput: oneOf('output', 'cell'),
  keyAndAddActivation: oneOf('tanh', 'linear'),
  keyActivation: oneOf('tanh', 'linear'),
  addActivation: oneOf('tanh', 'linear'),
  sharpenEpsilon: oneOf(0, 1e-16, 0.1),
  order: oneOf('write-first', 'read-first', 'in-turn'),
  initialMemory: oneOf('learned', 'random', 'constant'),
  initialShift: oneOf('onward', 'even'),
  initialWeighting: oneOf('scattered', 'together', 'zero'),
  clipController: oneOf(0.5, 20),
  clipHeads: oneOf(0.5, 20),
  clipLogits: oneOf(0.5, 20),
};

/** What may be left out. */
const others: Readonly<Record<Kind, Options>> = {
  'NTM.build': ofMachines,
  'LSTMBaseline.build': ofNets,
  ntmLayer: {
    ...ofMachines,
    returnSequences: oneOf(true, false),
    trainable: oneOf(true, false),
    inputShape: oneOf([null, 3], [4, 3]),
  },
};

/** What is no such option, or one that no machine has room for, or one that only some nets can have. */
const strange: fc.Arbitrary<Given> = fc.oneof(
  odds,
  oneOf(0, -1, 1.5, 2, 1e9, 1e12, 2 ** 53, 1e300, Number.NaN, Number.NEGATIVE_INFINITY),
  oneOf('', 'LSTM', 'relu', 'fused', 'none', '__proto__', 'x'.repeat(1000), '\u0007\u202e', true, [3], [[3]]),
);
const unknown = ['memorysize', 'units', 'stateful', 'hiddenSize', 'x'.repeat(1000), '\u0007', 'constructor'];

interface Configuration extends fc.WithToStringMethod {
  readonly kind: Kind;
  readonly options: ReadonlyMap<string, Given>;
  /** The options that are not as they should be, if there are any. */
  readonly odd: readonly string[];
}

const configurations = fc
  .constantFrom<Kind>('NTM.build', 'NTM.build', 'LSTMBaseline.build', 'ntmLayer')
  .chain((kind): fc.Arbitrary<Configuration> => {
    const names = [...Object.keys(sizes[kind]), ...Object.keys(others[kind]), ...unknown];
    return fc
      .tuple(
        fc.record({ ...sizes[kind] }),
        fc.record({ ...others[kind] }, { requiredKeys: [] }),
        fc.oneof(
          { weight: 6, arbitrary: fc.constant([]) },
          { weight: 5, arbitrary: fc.array(fc.tuple(fc.constantFrom(...names), strange), { maxLength: 3 }) },
        ),
      )
      .map(([all, some, wrong]) => {
        const options = new Map<string, Given>(given([...Object.entries(all), ...Object.entries(some)]));
        options.delete(
          options.get('controller')?.make() === 'feedforward' ? 'headInput' : 'controllerActivation',
        );
        for (const [name, each] of wrong) options.set(name, each);
        const text = [...options].map(([name, each]) => `${name}: ${each.text}`).join(', ');
        return {
          kind,
          options,
          odd: wrong.map(([name]) => name),
          [fc.toStringMethod]: () => `${kind}({ ${text} })`,
        };
      });
  });

/** Those that are not left out. */
const given = (all: readonly [string, Given | undefined][]): [string, Given][] =>
  all.flatMap(([name, each]): [string, Given][] => (each === undefined ? [] : [[name, each]]));

/** A net, or a layer with one, and what disposes it. */
interface Built {
  readonly net: NTM | LSTMBaseline;
  readonly run: (x: Tensor) => object;
  readonly dispose: () => void;
}

const inputSize = 3;

/** As it comes: people pass other things than TypeScript lets them. */
const build: Readonly<Record<Kind, (options: never) => Built>> = {
  'NTM.build'(options: NtmOptions) {
    const net = NTM.build(options);
    return { net, run: (x) => net.sequence(x), dispose: () => net.dispose() };
  },
  'LSTMBaseline.build'(options: LstmBaselineOptions) {
    const net = LSTMBaseline.build(options);
    return { net, run: (x) => net.sequence(x), dispose: () => net.dispose() };
  },
  ntmLayer(options: NtmLayerArgs) {
    const layer = ntmLayer(options);
    layer.build([null, null, inputSize]);
    return {
      net: layer.ntm,
      run: (x) => layer.call(x),
      dispose() {
        for (const weight of layer.weights) weight.dispose();
      },
    };
  },
};

/** What a net gives to a sequence and to a step of it, as numbers. A tidy would hide what they leave behind. */
function numbersOf({ net, run }: Built, [batch, time]: readonly [number, number]): number[] {
  const width = net.config.inputSize;
  const made: unknown[] = [];
  const keep = <T>(each: T): T => {
    made.push(each);
    return each;
  };
  try {
    const x = keep(randomUniform([batch, time, width], -1, 1, 'float32', 1));
    const first = keep(randomUniform([batch, width], -1, 1, 'float32', 2));
    const state = keep(net.initialState(batch));
    const results = [keep(run(x)), keep(Reflect.apply(net.step, net, [first, state]))];
    return tensorsIn(results).flatMap((tensor) => Array.from(tensor.dataSync()));
  } finally {
    dispose([...new Set(tensorsIn(made))]);
  }
}

/** Either a refusal by name, or a net whose numbers are finite and the same on both engines. */
function outcomeOf(
  { kind, odd }: Configuration,
  options: object,
  size: readonly [number, number],
): 'refused' | 'built' {
  const made: Built[] = [];
  try {
    const fused: Built = Reflect.apply(build[kind], undefined, [options]);
    made.push(fused);
    const numbers = numbersOf(fused, size);
    expect(numbers.length).toBeGreaterThan(0);
    expect(numbers.every(Number.isFinite), 'numbers that are not finite').toBe(true);
    const reference: Built = Reflect.apply(build[kind], undefined, [{ ...options, engine: 'reference' }]);
    made.push(reference);
    for (const [name, variable] of Object.entries(reference.net.parameters)) {
      variable.assign(fused.net.parameters[name] ?? variable);
    }
    // float32 through powers and sums, as in the other random calls.
    expect(relativeError(numbersOf(reference, size), numbers)).toBeLessThan(1e-3);
    return 'built';
  } catch (error) {
    if (!isTapeheadError(error)) throw error;
    expect(error.message, 'an option as it should be is refused').toSatisfy((message: string) =>
      odd.some((name) => message.includes(printed(name))),
    );
    expect(error.message).toMatch(/^[^\p{Cc}]{5,400}$/u);
    return 'refused';
  } finally {
    for (const each of made) each.dispose();
  }
}

/** The name as a message has it: `numHeads` is what read and write heads are by default. */
const printed = (name: string): string =>
  name === 'numHeads' ? 'Heads' : name.slice(0, 20).replace('\u0007', '\\u0007');

onEachBackend('random configurations', (backend) => {
  beforeAll(registerFused);

  test(`${CONFIGURATIONS} are refused by the name of an option, or make a net that runs`, {
    timeout: 3_600_000,
  }, () => {
    const counts = { refused: 0, built: 0 };
    const size = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 4 }));
    const property = fc.property(configurations, size, (configuration, batchAndTime) => {
      const before = memory().numTensors;
      const options: object = Object.fromEntries(
        [...configuration.options].map(([name, { make }]) => [name, make()]),
      );
      counts[outcomeOf(configuration, options, batchAndTime)]++;
      dispose(tensorsIn(options).filter(({ isDisposed }) => !isDisposed));
      expect(memory().numTensors, 'tensors left behind').toBe(before);
    });
    fc.assert(property, { seed, numRuns: CONFIGURATIONS });
    expect(counts.built).toBeGreaterThan(CONFIGURATIONS / 4);
    expect(counts.refused).toBeGreaterThan(CONFIGURATIONS / 8);
    recordTotals('configurations', backend, counts);
  });
});
