import { expectClose, expectMistakes, expectNoLeak, onEachBackend, valueTolerance } from '@tapehead/testing';
import {
  fill,
  memory,
  type Rank,
  randomUniform,
  slice,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { buildController, type ControllerFactory, NTM, type NtmOptions, withMemorySize } from './index.js';

const small: NtmOptions = {
  inputSize: 3,
  outputSize: 2,
  memorySize: 5,
  memoryDim: 4,
  controllerSize: 4,
  seed: 1,
};
const inputOf = (time = 6): Tensor3D => randomUniform<Rank.R3>([2, time, 3], -1, 1, 'float32', 3);
const numbers = (tensor: Tensor | undefined): number[] => [...(tensor?.dataSync() ?? [])];

/** Far from what a fresh net has. */
function trained(options: Partial<NtmOptions> = {}): NTM {
  const net = NTM.build({ ...small, ...options });
  for (const [i, variable] of Object.values(net.trainable).entries())
    tidy(() => variable.assign(randomUniform(variable.shape, -1, 1, 'float32', i + 1)));
  return net;
}

const own: ControllerFactory = ({ inputSize, variable, nextSeed }) =>
  buildController(inputSize, 3, { kind: 'lstm', variable, seed: nextSeed() });

onEachBackend('a larger tape', () => {
  beforeAll(registerFused);

  test('has the learned rows, and new ones of their mean in which no head starts', () => {
    tidy(() => {
      const net = trained({ readHeads: 2 });
      const larger = withMemorySize(net, 8);
      expect(larger.config).toEqual({ ...net.config, memorySize: 8 });
      const rows = net.parameters.memory?.arraySync() as number[][];
      const mean = [0, 1, 2, 3].map((j) => rows.reduce((total, row) => total + (row[j] ?? 0), 0) / 5);
      expectClose(larger.parameters.memory ?? [], [...rows, mean, mean, mean], valueTolerance);
      for (const name of ['readWeightLogits', 'writeWeightLogits']) {
        const before = net.parameters[name]?.arraySync() as number[][];
        expect(larger.parameters[name]?.arraySync()).toEqual(before.map((row) => [...row, -30, -30, -30]));
      }
      for (const [name, variable] of Object.entries(net.parameters)) {
        if (['memory', 'readWeightLogits', 'writeWeightLogits'].includes(name)) continue;
        expect(numbers(larger.parameters[name]), name).toEqual(numbers(variable));
      }
      const [start, before] = [larger.initialState(1), net.initialState(1)];
      expectClose(slice(start.readWeights, [0, 0, 0], [1, 2, 5]), before.readWeights, valueTolerance);
      expect(Math.max(...numbers(slice(start.readWeights, [0, 0, 5], [1, 2, 3])))).toBeLessThan(1e-11);
    });
  });

  test('puts no head in new rows where the learned logits are all low', () => {
    tidy(() => {
      const net = trained();
      const low = fill([1, 5], -60);
      net.parameters.readWeightLogits?.assign(low);
      const start = withMemorySize(net, 8).initialState(1).readWeights;
      expect(Math.max(...numbers(slice(start, [0, 0, 5], [1, 1, 3])))).toBeLessThan(1e-11);
    });
  });

  const nets: Readonly<Record<string, Partial<NtmOptions>>> = {
    'a constant memory': { initialMemory: 'constant' },
    'a random memory': { initialMemory: 'random', initialWeighting: 'together' },
    'a start of zeros': { initialWeighting: 'zero', order: 'in-turn', numHeads: 2 },
    'a feed-forward controller': { controller: 'feedforward', layers: 2 },
    'a controller of your own': { controller: own },
    'the reference': { engine: 'reference' },
  };

  describe.each(Object.entries(nets).map(([name, options]) => ({ name, options })))(
    '$name',
    ({ options }) => {
      test('is kept: the options, the engine, what is frozen and every other number', () => {
        tidy(() => {
          const net = trained(options);
          const larger = withMemorySize(net, 9);
          expect(larger.config).toEqual({ ...net.config, memorySize: 9 });
          expect([larger.engine, larger.runsOn]).toEqual([net.engine, net.runsOn]);
          expect(Object.keys(larger.parameters)).toEqual(Object.keys(net.parameters));
          expect(Object.keys(larger.trainable)).toEqual(Object.keys(net.trainable));
          const rows = slice(larger.parameters.memory ?? zeros([0, 0]), [0, 0], [5, 4]);
          expect(numbers(rows)).toEqual(numbers(net.parameters.memory));
          const { output, state } = larger.sequence(inputOf());
          expect([output.shape, state.memory.shape]).toEqual([
            [2, 6, 2],
            [2, 9, 4],
          ]);
          expect(numbers(output).every(Number.isFinite)).toBe(true);
          const same = withMemorySize(net, 5);
          expect(numbers(same.sequence(inputOf()).output)).toEqual(numbers(net.sequence(inputOf()).output));
          for (const each of [net, larger, same]) each.dispose();
        });
      });

      test('leaves no tensor behind', () => {
        const net = trained(options);
        expectNoLeak(() => {
          const larger = withMemorySize(net, 7);
          larger.dispose();
          return [];
        });
        net.dispose();
      });
    },
  );

  test('owns its variables: training or disposing one net leaves the other as it is', () => {
    const net = trained();
    const larger = withMemorySize(net, 8);
    const x = inputOf();
    const before = numbers(tidy(() => net.sequence(x).output));
    const { grads, value } = larger.differentiate(x, (logits) => sum(square(logits)));
    for (const variable of Object.values(larger.trainable))
      tidy(() => variable.assign(sub(variable, grads[variable.name] ?? variable)));
    expect(numbers(tidy(() => net.sequence(x).output))).toEqual(before);
    for (const each of [value, ...Object.values(grads)]) each.dispose();
    larger.dispose();
    expect(numbers(tidy(() => net.sequence(x).output))).toEqual(before);
    net.dispose();
    x.dispose();
  });

  test('keeps what is frozen', () => {
    const net = trained();
    const { headBias } = net.parameters;
    if (headBias !== undefined) headBias.trainable = false;
    const larger = withMemorySize(net, 6);
    expect(larger.parameters.headBias?.trainable).toBe(false);
    for (const each of [net, larger]) each.dispose();
  });

  describe('a mistake', () => {
    let calls = 0;
    const fickle: ControllerFactory = ({ inputSize, variable }) =>
      buildController(inputSize, 3 + calls++, { kind: 'feedforward', variable });
    expectMistakes([
      [() => withMemorySize(trained(), 4), 'memorySize: expected an integer of at least 5, got 4'],
      [() => withMemorySize(trained(), 5.5), 'memorySize: expected an integer of at least 5, got 5.5'],
      [() => Reflect.apply(withMemorySize, undefined, [null, 9]), 'net: expected an NTM, got null'],
      [
        () => {
          const net = trained();
          net.dispose();
          withMemorySize(net, 9);
        },
        'net: the net was disposed; build another one',
      ],
      [
        () => withMemorySize(trained({ controller: fickle }), 9),
        'net: expected a controller whose factory makes the same variables again, got controller.0.kernel [7, 4]',
      ],
    ]);

    test('leaves nothing behind', () => {
      const net = trained({ controller: fickle });
      const before = memory().numTensors;
      expect(() => withMemorySize(net, 9)).toThrow();
      expect(memory().numTensors).toBe(before);
      net.dispose();
    });
  });
});
