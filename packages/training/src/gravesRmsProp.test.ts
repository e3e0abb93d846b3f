import { expectClose } from '@tapehead/testing';
import {
  dispose,
  memory,
  type Scalar,
  square,
  sum,
  tensor1d,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { gravesRmsProp } from './gravesRmsProp.js';
import { onEachEngine } from './testing/engines.js';

/** The paper's equations, one number at a time, in float64. */
function slowGraves(start: readonly number[], gradients: readonly number[][], rate: number): number[] {
  return start.map((value, i) => {
    let [theta, n, gBar, delta] = [value, 0, 0, 0];
    for (const row of gradients) {
      const g = row[i] ?? 0;
      n = 0.95 * n + 0.05 * g * g;
      gBar = 0.95 * gBar + 0.05 * g;
      delta = 0.9 * delta - (rate * g) / Math.sqrt(n - gBar * gBar + 1e-4);
      theta += delta;
    }
    return theta;
  });
}

const start = [0.5, -2, 0, 3];
const gradients = Array.from({ length: 60 }, (_, t) => [Math.sin(t), 4 * Math.cos(t * t), 0.01 * t, 1e-4]);

function apply(parameter: Variable, rows: readonly number[][], optimizer = gravesRmsProp()) {
  for (const row of rows) {
    const gradient = tensor1d(row);
    optimizer.applyGradients({ [parameter.name]: gradient });
    gradient.dispose();
  }
  return optimizer;
}

onEachEngine("Graves's RMSProp", () => {
  test('changes parameters as the slow transcription does', () => {
    const parameter = variable(tensor1d(start));
    const optimizer = apply(parameter, gradients, gravesRmsProp({ learningRate: 0.01 }));
    expectClose(parameter, slowGraves(start, gradients, 0.01), 1e-5);
    expect(optimizer.iterations).toBe(60);
    optimizer.dispose();
    parameter.dispose();
  });

  test('with halfAfter the rate falls with the updates: half of it at the one that is named', () => {
    const settings = { learningRate: 0.01, momentum: 0, halfAfter: 3 };
    const parameter = variable(tensor1d([0]));
    const ones = Array.from({ length: 7 }, () => [1]);
    const optimizer = gravesRmsProp(settings);
    const deltas = ones.map((row) => {
      const [before = 0] = parameter.dataSync();
      apply(parameter, [row], optimizer);
      return (parameter.dataSync()[0] ?? 0) - before;
    });
    const steady = variable(tensor1d([0]));
    const constant = gravesRmsProp({ ...settings, halfAfter: Number.MAX_VALUE });
    const wanted = ones.map((row, t) => {
      const [before = 0] = steady.dataSync();
      apply(steady, [row], constant);
      return ((steady.dataSync()[0] ?? 0) - before) / (1 + t / 3);
    });
    expectClose(deltas, wanted, 1e-4);
    dispose([parameter, steady]);
    for (const each of [optimizer, constant]) each.dispose();
  });

  test('a gradient of zero changes nothing and gives no NaN', () => {
    const parameter = variable(tensor1d(start));
    const optimizer = apply(
      parameter,
      Array.from({ length: 20 }, () => [0, 0, 0, 0]),
    );
    expect(Array.from(parameter.dataSync())).toEqual(start);
    optimizer.dispose();
    parameter.dispose();
  });

  test('a large constant gradient, whose variance is 0 but for rounding, gives no NaN', () => {
    const parameter = variable(tensor1d(start));
    const optimizer = apply(
      parameter,
      Array.from({ length: 500 }, () => [10, 333.3, 1e4, -1e6]),
    );
    for (const value of parameter.dataSync()) expect(value).toSatisfy(Number.isFinite);
    optimizer.dispose();
    parameter.dispose();
  });

  test('its saved weights continue it in another optimizer, bit for bit', async () => {
    const [straight, stopped] = [variable(tensor1d(start)), variable(tensor1d(start))];
    const whole = apply(straight, gradients);
    const first = apply(stopped, gradients.slice(0, 25));
    const weights = await first.getWeights();
    const second = gravesRmsProp();
    await second.setWeights(weights);
    apply(stopped, gradients.slice(25), second);
    expect(Array.from(stopped.dataSync())).toEqual(Array.from(straight.dataSync()));
    expect(second.iterations).toBe(whole.iterations);
    expect(weights.map(({ name }) => name.replace(/.*\//, ''))).toEqual(['iter', 'n', 'gBar', 'delta']);
    dispose([weights.map(({ tensor }) => tensor), straight, stopped]);
    for (const optimizer of [whole, first, second]) optimizer.dispose();
  });

  test('holds three tensors a parameter, makes no more, and disposes them', () => {
    const parameter = variable(tensor1d(start));
    const before = memory().numTensors;
    const optimizer = apply(parameter, gradients);
    expect(memory().numTensors).toBe(before + 3);
    optimizer.dispose();
    expect(memory().numTensors).toBe(before);
    parameter.dispose();
  });

  test('minimize goes down', () => {
    const parameter = variable(tensor1d([3, -4]));
    const optimizer = gravesRmsProp({ learningRate: 1e-3 });
    const cost = () => sum<Scalar>(square(parameter));
    for (let i = 0; i < 50; i++) optimizer.minimize(cost);
    expect(Math.abs(parameter.dataSync()[0] ?? 9)).toBeLessThan(2.9);
    optimizer.dispose();
    parameter.dispose();
  });
});

test('settings that make no sense are refused by name', () => {
  expect(() => gravesRmsProp({ learningRate: 0 })).toThrow(
    'learningRate: expected a finite number above 0, got 0',
  );
  expect(() => gravesRmsProp({ learningRate: Number.NaN })).toThrow('learningRate');
  expect(() => gravesRmsProp({ epsilon: -1 })).toThrow('epsilon');
  expect(() => gravesRmsProp({ decay: 1 })).toThrow('decay: expected a number in [0, 1), got 1');
  expect(() => gravesRmsProp({ momentum: -0.1 })).toThrow('momentum: expected a number in [0, 1), got -0.1');
});
