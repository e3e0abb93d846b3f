import { expectClose, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  fill,
  onesLike,
  type Rank,
  randomUniform,
  reshape,
  slice,
  type Tensor3D,
  tensor3d,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { type Intervention, NTM } from './index.js';

const steps = 4;

function net() {
  return NTM.build({
    inputSize: 3,
    outputSize: 2,
    memorySize: 8,
    memoryDim: 4,
    controllerSize: 6,
    numHeads: 2,
    seed: 2,
  });
}

function input(): Tensor3D {
  return randomUniform<Rank.R3>([1, steps, 3], 0, 1, 'float32', 3);
}

/** A head whose gate is shut and whose shift is one row on only moves, and γ 1 leaves that as it is. */
const oneRowOn: Intervention = {
  read: (said) => ({
    ...said,
    gate: zerosLike(said.gate),
    gamma: onesLike(said.gamma),
    shift: tensor3d([0, 0, 1, 0, 0, 1], [1, 2, 3]),
  }),
};

onEachBackend('an intervention', () => {
  test.each([1, 2, 3])(
    'that shuts the gate and shifts by one row moves the read heads by one row a step (%i)',
    (at) => {
      tidy(() => {
        const ntm = net();
        const { trace } = ntm.sequence(input(), { trace: true, intervene: oneRowOn });
        const rows = (t: number) =>
          [0, 1].map((head) =>
            Array.from(slice(trace.readWeights, [0, t, head, 0], [1, 1, 1, 8]).dataSync()),
          );
        const moved = rows(at - 1).map((row) => row.map((_, i) => row.at(i - 1) ?? Number.NaN));
        expectClose(rows(at), moved, 1e-6);
      });
    },
  );

  test('is in the trace, and in each step as in the sequence', () => {
    tidy(() => {
      const ntm = net();
      const x = input();
      const write: Intervention['write'] = (said) => ({ ...said, erase: zerosLike(said.erase) });
      const intervene = { ...oneRowOn, write };
      const whole = ntm.sequence(x, { trace: true, intervene });
      expectClose(whole.trace.readHeads.gate, fill([1, steps, 2], 0), 1e-9);
      expectClose(whole.trace.writeHeads.erase, fill([1, steps, 2, 4], 0), 1e-9);
      let state = ntm.initialState(1);
      for (let t = 0; t < steps; t++) {
        state = ntm.step(reshape<Rank.R2>(slice(x, [0, t, 0], [1, 1, 3]), [1, 3]), state, intervene).state;
      }
      expectClose(state.memory, whole.state.memory, 1e-6);
      expectClose(state.readWeights, whole.state.readWeights, 1e-6);
    });
  });

  test('that changes nothing gives what the kernels give without it', async () => {
    await registerFused();
    tidy(() => {
      const ntm = net();
      const x = input();
      expect(ntm.runsOn).toBe('fused');
      expectClose(ntm.sequence(x, { intervene: {} }).output, ntm.sequence(x).output, 1e-5);
    });
  });

  test('leaves no tensor behind', () => {
    const ntm = net();
    expectNoLeak(() => tidy(() => ntm.sequence(input(), { intervene: oneRowOn })));
    ntm.dispose();
  });
});
