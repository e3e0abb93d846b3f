import { expectClose, gradientTolerance, numbersOf, onGpu, valueTolerance } from '@tapehead/testing';
import {
  mul,
  setBackend,
  sigmoid,
  sum,
  type Tensor,
  tensor2d,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { leastUsedWeighting, updateUsage, writeWeighting } from '../mann.js';
import { beforeAnything, type DncState, dncStep, randomRaw } from '../testing/dncStep.js';

/** Three steps of a DNC from rows that are used alike and not at all, then a write as MANN's; the gradients after it. */
function written(): Tensor[] {
  const sizes = { batch: 2, heads: 3, rows: 5, reach: 2 };
  const raw = randomRaw(sizes, 1);
  const usage = variable(
    tensor2d([
      [0.5, 0, 0.75, 0.2, 0],
      [0.5, 0.5, 1, 0.5, 0.1],
    ]),
  );
  const [freeGate, modes] = [variable(raw.freeGate), variable(raw.modes)];
  const inputs = [usage, freeGate, modes];
  const { value, grads } = variableGrads(() => {
    let state: DncState = { ...beforeAnything(2, 3, 5), usage };
    for (let time = 0; time < 3; time++) {
      state = dncStep({ ...randomRaw(sizes, time), freeGate, modes }, state);
    }
    const lately = updateUsage(state.usage, state.readWeights, state.writeWeights, 0.9);
    const weights = writeWeighting(sigmoid(freeGate), state.readWeights, leastUsedWeighting(lately, 2));
    return sum(mul(weights, raw.readContent));
  }, inputs);
  return [value, ...inputs.map(({ name }) => grads[name] ?? value)];
}

await onGpu('the addressing of DNC and MANN', () => {
  test('is on webgpu what it is on cpu, in value and gradient', async () => {
    const numbersOn = async (backend: string): Promise<number[][]> => {
      await setBackend(backend);
      const tensors = tidy(written);
      return numbersOf(tensors);
    };
    const [wanted, ours] = [await numbersOn('cpu'), await numbersOn('webgpu')];
    expect(ours).toHaveLength(4);
    for (const [i, each] of ours.entries()) {
      expectClose(each, wanted[i] ?? [], i === 0 ? valueTolerance : gradientTolerance, `output ${i}`);
    }
  });
});
