import { expectSameOdd, onEachBackend, withOddNumbers } from '@tapehead/testing';
import {
  addN,
  mul,
  type Rank,
  randomUniform,
  type Scalar,
  sum,
  type Tensor,
  type Tensor3D,
  tensor_util,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import { registerFused } from './fused.js';
import { LSTMBaseline, NTM, type NtmOptions } from './index.js';

type Net = {
  readonly parameters: Readonly<Record<string, Variable>>;
  sequence(x: Tensor3D): { logits: Tensor3D; state: object };
  dispose(): void;
};
type Engine = 'fused' | 'reference';

const shared = {
  inputSize: fc.integer({ min: 1, max: 5 }),
  outputSize: fc.integer({ min: 1, max: 5 }),
  layers: fc.integer({ min: 1, max: 2 }),
  seed: fc.integer({ min: 1, max: 1e5 }),
};
const ntms = fc.record({
  ...shared,
  memorySize: fc.integer({ min: 3, max: 20 }),
  memoryDim: fc.integer({ min: 2, max: 6 }),
  controllerSize: fc.integer({ min: 1, max: 9 }),
  numHeads: fc.integer({ min: 1, max: 2 }),
  controller: fc.constantFrom('lstm' as const, 'feedforward' as const),
  keyAndAddActivation: fc.constantFrom('tanh' as const, 'linear' as const),
  order: fc.constantFrom('write-first' as const, 'read-first' as const),
});
const flag = fc.boolean();
/** With options of public nets. */
const zoo = fc
  .record({ net: ntms, inTurn: flag, zero: flag, apart: flag, epsilon: flag, clip: flag, special: flag })
  .map(({ net, inTurn, zero, apart, epsilon, clip, special }): NtmOptions => {
    const { keyAndAddActivation: _, ...others } = net;
    const ofController =
      net.controller === 'lstm' ? { headInput: 'cell' as const } : { controllerActivation: 'relu' as const };
    return {
      ...others,
      ...(inTurn ? { order: 'in-turn' } : {}),
      ...(zero ? { initialWeighting: 'zero' } : {}),
      ...(apart ? { keyActivation: 'linear' } : {}),
      ...(epsilon ? { sharpenEpsilon: 1e-16 } : {}),
      ...(clip ? { clipController: 0.5, clipHeads: 2, clipLogits: 1 } : {}),
      ...(special ? ofController : {}),
    };
  });
const baselines = fc.record({ ...shared, size: fc.integer({ min: 1, max: 9 }) });
const lengths = fc.record({ batch: fc.integer({ min: 1, max: 5 }), time: fc.integer({ min: 1, max: 3 }) });
/** What a trained net may come to hold: no more than 1e10, beyond which sums of several steps are infinities. */
const place = fc.record({ input: fc.nat(100), at: fc.nat(1000), number: fc.nat(11) });
const places = fc.array(place, { minLength: 1, maxLength: 2 });

const random = (shape: number[], seed: number): Tensor => randomUniform(shape, -0.7, 0.7, 'float32', seed);

/** Logits, the last state, and the gradients of all parameters. */
function resultsOf(net: Net, x: Tensor3D): Tensor[] {
  const outputs = (): Tensor[] => {
    const { logits, state } = net.sequence(x);
    return [logits, ...tensor_util.getTensorsInContainer({ ...state })];
  };
  const variables = Object.values(net.parameters);
  const cost = () => addN(outputs().map((each, i) => sum<Scalar>(mul(each, random(each.shape, 1000 + i)))));
  const { grads } = variableGrads(cost, variables);
  return [...outputs(), ...variables.flatMap(({ name }) => grads[name] ?? [])];
}

/** The same random numbers in both nets, odd ones among them. */
function expectSameNets(
  build: (engine: Engine) => Net,
  inputSize: number,
  { batch, time }: { batch: number; time: number },
  odd: { input: number; at: number; number: number }[],
  message: string,
): void {
  tidy(() => {
    const nets = [build('fused'), build('reference')];
    const [fused, reference] = nets.map((net) => {
      const variables = Object.values(net.parameters);
      const x: Tensor3D = randomUniform<Rank.R3>([batch, time, inputSize], -1, 1, 'float32', 1);
      const values = variables.map(({ shape }, i) => random(shape, i + 1));
      const [input, ...parameters] = withOddNumbers([x, ...values], odd);
      for (const [i, variable] of variables.entries()) variable.assign(parameters[i] ?? variable);
      if (input === undefined || !isCube(input)) throw new Error('three axes');
      return resultsOf(net, input);
    });
    for (const [i, wanted] of (reference ?? []).entries()) {
      expectSameOdd(fused?.[i] ?? wanted, wanted, 1e-3, `${i} ${message}`);
    }
    for (const net of nets) net.dispose();
  });
}
const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;

onEachBackend('odd numbers in any parameter or input of a sequence', () => {
  beforeAll(registerFused);

  test('of an NTM: NaN where the reference gives NaN, and its numbers where they are finite', () => {
    fc.assert(
      fc.property(ntms, lengths, places, (options, size, odd) => {
        const message = JSON.stringify({ options, size, odd });
        expectSameNets((engine) => NTM.build({ ...options, engine }), options.inputSize, size, odd, message);
      }),
      { seed: 5, numRuns: 60 },
    );
  }, 120_000);

  test('of a net of the public zoo: NaN where the reference gives NaN, and its numbers where they are finite', () => {
    fc.assert(
      fc.property(zoo, lengths, places, (options, size, odd) => {
        const message = JSON.stringify({ options, size, odd });
        expectSameNets((engine) => NTM.build({ ...options, engine }), options.inputSize, size, odd, message);
      }),
      { seed: 5, numRuns: 30 },
    );
  }, 120_000);

  test('of an LSTM alone: NaN where the reference gives NaN, and its numbers where they are finite', () => {
    fc.assert(
      fc.property(baselines, lengths, places, (options, size, odd) => {
        const message = JSON.stringify({ options, size, odd });
        const build = (engine: Engine) => LSTMBaseline.build({ ...options, engine });
        expectSameNets(build, options.inputSize, size, odd, message);
      }),
      { seed: 5, numRuns: 60 },
    );
  }, 120_000);
});
