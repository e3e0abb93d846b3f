import { isTapeheadError } from '@tapehead/core';
import { expectClose, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  cast,
  dispose,
  grad,
  memory,
  mul,
  oneHot,
  type Rank,
  reshape,
  square,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { composedCost } from './composedCost.js';
import { costInBits, scaledCost } from './cost.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const numbers = {
  logits: [
    [
      [0.3, -1.2],
      [2, 0],
      [-3, 0.01],
    ],
  ],
  target: [
    [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
  ],
  mask: [[0, 1, 1]],
};
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

type SomeCost = (logits: Tensor, target: Tensor, mask: Tensor) => Tensor<Rank.R0>;

const targetOf = () => tensor3d(numbers.target);
const maskOf = () => tensor2d(numbers.mask);

onEachBackend('what the cost takes', () => {
  test('numbers, arrays, integers and booleans, as if they were float32', () => {
    tidy(() => {
      const wanted = costInBits(tensor3d(numbers.logits), targetOf(), maskOf());
      expectClose(costInBits(numbers.logits, numbers.target, numbers.mask), wanted, 1e-6);
      const bits = oneHot(tensor2d([[0, 1, 1]], [1, 3], 'int32'), 2);
      const logits = tensor3d(numbers.logits);
      const asBits = costInBits(logits, cast(bits, 'bool'), cast(maskOf(), 'bool'));
      expectClose(costInBits(logits, bits, cast(maskOf(), 'int32')), asBits, 1e-6);
      const whole = tensor(numbers.target, [1, 3, 2], 'int32');
      expectClose(
        costInBits(whole, whole, maskOf()),
        costInBits(cast(whole, 'float32'), targetOf(), maskOf()),
        1e-6,
      );
    });
  });

  test('a mask of zeros only costs 0, with a slope of 0', () => {
    tidy(() => {
      const none = tensor2d([[0, 0, 0]]);
      expect(costInBits(numbers.logits, numbers.target, none).dataSync()[0]).toBe(0);
      const slope = grad((x: Tensor) => costInBits(x, targetOf(), none))(tensor3d(numbers.logits));
      expect(Math.max(...slope.dataSync().map(Math.abs))).toBe(0);
    });
  });

  test.each([0, 1])(
    'NaN and infinite logits give what the composition gives, which is not finite, under a mask of %d',
    (scored) => {
      for (const odd of [nan, infinity, -infinity]) {
        for (const bit of [0, 1]) {
          tidy(() => {
            const given = [tensor3d([[[odd, 1]]]), tensor3d([[[bit, 0]]]), tensor2d([[scored]])] as const;
            const [cost] = costInBits(...given).dataSync();
            expect(cost).not.toSatisfy(Number.isFinite);
            expect(cost).toBe(composedCost(...given).dataSync()[0]);
          });
        }
      }
      const slope = grad((x: Tensor) => costInBits(x, [[[1, 0]]], [[scored]]))(tensor3d([[[nan, 1]]]));
      expect(slope.dataSync()[0]).toBeNaN();
      slope.dispose();
    },
  );

  test('logits as large as float32 has them cost what they are off', () => {
    tidy(() => {
      const cost = (logit: number, bit: number) => costInBits([[[logit]]], [[[bit]]], [[1]]).dataSync()[0];
      expect(cost(3e38, 1)).toBe(0);
      expect(cost(-3e38, 0)).toBe(0);
      expect(cost(2e38, 0)).toBeCloseTo(2e38 / Math.LN2, -32);
    });
  });

  test('mistakes are named', () => {
    const x = tensor3d(numbers.logits);
    const gone = tensor3d(numbers.logits);
    gone.dispose();
    const odd = (...given: unknown[]) => Reflect.apply(costInBits, undefined, given);
    expect(() => odd()).toThrow('logits: expected a tensor of numbers, got undefined');
    expect(() => odd(x, 'target', maskOf())).toThrow("target: expected a tensor of numbers, got 'target'");
    expect(() => odd(x, targetOf())).toThrow('mask: expected a tensor of numbers, got undefined');
    expect(() => odd(gone, targetOf(), maskOf())).toThrow(
      'logits: expected a tensor of numbers, got a tensor that was',
    );
    expect(() => odd(tensor3d([], [0, 3, 2]), targetOf(), maskOf())).toThrow(
      'logits: expected at least one sequence',
    );
    expect(() => scaledCost(numbers.target, numbers.mask, nan)).toThrow(
      'scale: expected a finite number, got NaN',
    );
    expect(() => Reflect.apply(scaledCost, undefined, [undefined, maskOf(), 1])).toThrow('target: expected');
  });

  test('whatever comes, it is a number or refused, and nothing is left behind', () => {
    const before = memory().numTensors;
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), (...given) => {
        try {
          tidy(() => void Reflect.apply(costInBits, undefined, given));
        } catch (error) {
          expect(error).toSatisfy(isTapeheadError);
        }
      }),
      { numRuns: 300 },
    );
    expect(memory().numTensors).toBe(before);
  });
});

onEachBackend('gradients of the gradient', () => {
  const penalty = (cost: SomeCost) => (x: Tensor) =>
    sum(square(grad((logits: Tensor) => square(cost(reshape(logits, [1, 3, 2]), targetOf(), maskOf())))(x)));
  const points = [0.3, -1.2, 2, 0, -3, 0.01];

  test('are those of the composed cost', () => {
    tidy(() => {
      const x = tensor1d(points);
      expectClose(grad(penalty(costInBits))(x), grad(penalty(composedCost))(x), 1e-5);
    });
  });

  test('are those of finite differences of the first gradient', () => {
    tidy(() => {
      const second = grad(penalty(costInBits))(tensor1d(points)).dataSync();
      const step = 1e-2;
      const at = (i: number, by: number) =>
        penalty(costInBits)(tensor1d(points.map((each, j) => (i === j ? each + by : each)))).dataSync()[0] ??
        nan;
      const slopes = points.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step));
      // The differences are of float32 values near 60, of 1e-5 each, over a step of 2e-2.
      expectClose(second, slopes, 5e-3);
    });
  });

  test('a third gradient is that of the composed cost too', () => {
    tidy(() => {
      const third = (cost: SomeCost) =>
        grad((x: Tensor) => sum(square(grad(penalty(cost))(x))))(tensor1d(points));
      expectClose(third(costInBits), third(composedCost), 1e-4);
    });
  });

  test('leave no tensor behind', () => {
    const x = variable(tensor1d(points));
    expectNoLeak(() => tidy(() => grad(penalty(costInBits))(x)));
    x.dispose();
  });
});

onEachBackend('a cost with its slope', () => {
  const odd = fc.constantFrom(nan, infinity, -infinity, 0, 1e30);
  const logits = fc.array(fc.oneof(fc.double({ min: -30, max: 30, noNaN: true }), odd), {
    minLength: 6,
    maxLength: 6,
  });
  const masks = fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 3, maxLength: 3 });

  /** To 1e-6: the tape has two products in float32, where there is one in float64 that is rounded once. */
  const expectSame = (given: Tensor | undefined, wanted: Tensor) => {
    const all = wanted.dataSync();
    given?.dataSync().forEach((each, i) => {
      const other = all[i] ?? nan;
      expect(Object.is(each, other) || Math.abs(each - other) <= 1e-6 * Math.abs(other)).toBe(true);
    });
    expect(given?.shape).toEqual(wanted.shape);
  };

  test('is the cost and the slope of the tape, for odd logits too', () => {
    fc.assert(
      fc.property(logits, masks, fc.constantFrom(1, Math.LN2, -3), (points, mask, scale) => {
        tidy(() => {
          const x = tensor3d(points, [1, 3, 2]);
          const cost = scaledCost(numbers.target, [mask], scale);
          const both = cost.andSlope?.(x);
          expectSame(both?.value, cost(x));
          expectSame(both?.slope, grad((at: Tensor) => cost(at))(x));
        });
      }),
      { numRuns: 100 },
    );
  });

  test('is refused as the cost is', () => {
    const { andSlope } = scaledCost(numbers.target, numbers.mask, 1);
    expect(() => andSlope?.(tensor3d([[[1]]]))).toThrow('target: expected shape [1, 1, 1]');
    expect(() => Reflect.apply(andSlope ?? costInBits, undefined, ['x'])).toThrow(
      'logits: expected a tensor of numbers',
    );
  });

  test('makes two tensors', () => {
    const x = tensor3d(numbers.logits);
    const cost = scaledCost(numbers.target, numbers.mask, 1);
    const before = memory().numTensors;
    dispose({ ...cost.andSlope?.(x) });
    expect(memory().numTensors).toBe(before);
    dispose(x);
  });
});

describe('a cost times a number', () => {
  test('is a function of the logits', () => {
    tidy(() => {
      const cost = scaledCost(numbers.target, numbers.mask, 3);
      expectClose(
        cost(tensor3d(numbers.logits)),
        mul(costInBits(numbers.logits, numbers.target, numbers.mask), 3),
        1e-6,
      );
    });
  });
});
