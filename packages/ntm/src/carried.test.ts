import { isTapeheadError } from '@tapehead/core';
import { expectClose, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  add,
  matMul,
  memory,
  type Rank,
  randomUniform,
  reshape,
  type Scalar,
  slice,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
  type Variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import type { CostGradients } from './gradients.js';
import { type ControllerFactory, LSTMBaseline, NTM } from './index.js';

const small = { inputSize: 3, outputSize: 2, memorySize: 6, memoryDim: 4, controllerSize: 5, seed: 1 };
const cost = (logits: Tensor3D): Scalar => sum<Scalar>(square(logits));
const x = () => randomUniform<Rank.R3>([2, 6, 3], -1, 1, 'float32', 4);
const part = (from: number, steps: number) => slice(x(), [0, from, 0], [-1, steps, -1]);

/** h ← tanh(x·mix + h); its state is `{ list: [h] }`. */
const own: ControllerFactory = ({ inputSize, variable }) => {
  const mix = variable('mix', randomUniform([inputSize, 4], -1, 1, 'float32', 2));
  return {
    outputSize: 4,
    initialState: (batch) => ({ list: [zeros([batch, 4])] }),
    step: (x, state) => {
      const h = tidy(() =>
        tanh(add<Tensor2D>(matMul(x, reshape<Rank.R2>(mix, [inputSize, 4])), hiddenOf(state))),
      );
      return { output: h, state: { list: [h] } };
    },
  };
};

const hiddenOf = (state: unknown): Tensor => Object(state).list[0];

/** What is common to the nets. */
interface Net {
  readonly trainable: Readonly<Record<string, Variable>>;
  sequence(x: Tensor3D, options?: { state?: object | undefined }): { logits: Tensor3D; state: object };
  differentiate(
    x: Tensor3D,
    cost: (logits: Tensor3D) => Scalar,
    options: { state: object },
  ): CostGradients & { state: object };
}

const nets: Record<string, () => Net> = {
  LSTM: () => NTM.build(small),
  'feed-forward': () => NTM.build({ ...small, controller: 'feedforward', readHeads: 2 }),
  'a controller of its own': () => NTM.build({ ...small, controller: own }),
  'no memory': () => LSTMBaseline.build({ inputSize: 3, outputSize: 2, size: 5, layers: 2, seed: 1 }),
};

onEachBackend('differentiate from a state', () => {
  describe.each(['reference', 'fused'] as const)('%s', (engine) => {
    test.each(Object.entries(nets))(
      'gives the gradients of the tape, and the state after: %s',
      async (_, make) => {
        if (engine === 'fused') await registerFused();
        tidy(() => {
          const net = make();
          const first = net.sequence(part(0, 4));
          const carried = net.differentiate(part(4, 2), cost, { state: first.state });
          const variables = Object.values(net.trainable);
          const wanted = variableGrads(
            () => cost(net.sequence(part(4, 2), { state: first.state }).logits),
            variables,
          );
          expectClose(carried.value, wanted.value, 1e-5);
          for (const { name, shape } of variables) {
            const gradient = carried.grads[name];
            expect(gradient?.shape).toEqual(shape);
            // The learned start has no part in it.
            expectClose(gradient ?? 0, wanted.grads[name] ?? new Float32Array(sizeOf(shape)), 1e-4);
          }
          const whole = tensorsIn(net.sequence(x()).state);
          const last = tensorsIn(carried.state);
          expect(last.length).toBe(whole.length);
          for (const [i, tensor] of last.entries()) expectClose(tensor, whole[i] ?? 0, 1e-5);
        });
      },
    );
  });

  test('leaves no tensor behind, also where the cost fails', async () => {
    await registerFused();
    for (const make of Object.values(nets)) {
      const net = make();
      const { state } = net.sequence(x());
      const input = x();
      expectNoLeak(() => Object(net.differentiate(input, cost, { state })));
      const before = memory().numTensors;
      const failing = () => {
        throw new Error('no');
      };
      expect(() => net.differentiate(input, failing, { state })).toThrow('no');
      expect(memory().numTensors).toBe(before);
    }
  });

  test('refuses other options and other states by name', () => {
    const net = NTM.build(small);
    const call = (options: object) => {
      try {
        Reflect.apply(net.differentiate, net, [x(), cost, options]);
      } catch (error) {
        return isTapeheadError(error) ? error.message : String(error);
      }
      return 'nothing';
    };
    expect(call({ stat: 1 })).toBe("differentiate: unknown option 'stat', did you mean 'state'?");
    expect(call({ state: 3 })).toContain('state: expected that of a step before');
    expect(call({ state: net.initialState(3) })).toMatch(/^state\./);
  });
});

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, each) => size * each, 1);

function tensorsIn(state: object): Tensor[] {
  return Object.values(state).flatMap((part: unknown) =>
    part !== null && typeof part === 'object' && 'dataId' in part ? [Object(part)] : tensorsIn(Object(part)),
  );
}
