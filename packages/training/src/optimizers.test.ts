import { isTapeheadError } from '@tapehead/core';
import { expectClose } from '@tapehead/testing';
import {
  add,
  dispose,
  fill,
  memory,
  mul,
  type NamedTensorMap,
  type Optimizer,
  ones,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adam } from './adam.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { gravesStep } from './gravesStep.js';
import { onEachEngine } from './testing/engines.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const makers = {
  gravesRmsProp: (learningRate: number) => gravesRmsProp({ learningRate }),
  adam: (learningRate: number) => adam({ learningRate }),
};

const values = (each: Tensor) => Array.from(each.dataSync());

/** Applies and disposes the gradients. */
function apply(optimizer: Optimizer, gradients: readonly (readonly [Variable, Tensor])[]): void {
  optimizer.applyGradients(gradients.map(([{ name }, gradient]) => ({ name, tensor: gradient })));
  dispose(gradients.map(([, gradient]) => gradient));
}

/** Calls it with what TypeScript would refuse; the message of the error. */
function refusal(optimizer: Optimizer, gradients: unknown): string {
  try {
    Reflect.apply(optimizer.applyGradients, optimizer, [gradients]);
  } catch (error) {
    expect(error).toSatisfy(isTapeheadError);
    return String(error);
  }
  return 'no error';
}

let made = 0;
const named = (shape: number[], value = 0) =>
  tidy(() => variable(fill(shape, value), true, `tested ${made++}`));

onEachEngine('optimizers', () => {
  describe.each(Object.entries(makers))('%s', (_, make) => {
    test('a small and then a large variable: both move as alone, and nothing else changes', () => {
      const bystanders = Array.from({ length: 64 }, () => named([64], 7));
      const [small, big, alone] = [named([1]), named([4096]), named([4096])];
      const [optimizer, other] = [make(0.01), make(0.01)];
      const cost = (of: Variable) => () => sum<Scalar>(square(sub(of, 1)));
      optimizer.minimize(cost(small), false, [small]);
      bystanders.push(...Array.from({ length: 64 }, () => named([64], 7)));
      optimizer.minimize(cost(big), false, [big]);
      optimizer.minimize(cost(small), false, [small]);
      other.minimize(cost(alone), false, [alone]);
      for (const each of bystanders) expect(values(each)).toEqual(Array.from({ length: 64 }, () => 7));
      // Adam's correction of the bias counts the updates of both.
      if (optimizer.getClassName() === 'GravesRMSProp') expect(values(big)).toEqual(values(alone));
      expect(new Set(values(big)).size).toBe(1);
      dispose([bystanders, small, big, alone]);
      for (const each of [optimizer, other]) each.dispose();
    });

    test('a variable does not move by the momentum of another', () => {
      const [a, b] = [named([2], 1), named([2], 1)];
      const optimizer = make(0.1);
      for (let i = 0; i < 5; i++) apply(optimizer, [[a, fill([2], 100)]]);
      apply(optimizer, [[b, zeros([2])]]);
      expect(values(b)).toEqual([1, 1]);
      dispose([a, b]);
      optimizer.dispose();
    });

    test('the order of gradients does not matter, nor whether they come as a list or a map', () => {
      const gradients = (t: number) => [tensor1d([1, t]), tensor2d([[t], [2], [3]])] as const;
      const run = (order: 'forward' | 'back' | 'map') => {
        const [a, b] = [named([2]), named([3, 1])];
        const optimizer = make(0.01);
        for (let t = 0; t < 6; t++) {
          const [ga, gb] = gradients(t);
          if (order === 'map') {
            const map: NamedTensorMap =
              t % 2 ? { [a.name]: ga, [b.name]: gb } : { [b.name]: gb, [a.name]: ga };
            optimizer.applyGradients(map);
            dispose([ga, gb]);
          } else if (order === 'forward' || t % 2 === 0)
            apply(optimizer, [
              [a, ga],
              [b, gb],
            ]);
          else
            apply(optimizer, [
              [b, gb],
              [a, ga],
            ]);
        }
        const result = [...values(a), ...values(b)];
        dispose([a, b]);
        optimizer.dispose();
        return result;
      };
      expect(run('back')).toEqual(run('forward'));
      expect(run('map')).toEqual(run('forward'));
    });

    test('a gradient that does not fit is refused by name, before anything is changed', () => {
      const [a, b] = [named([4]), named([64])];
      const optimizer = make(0.01);
      apply(optimizer, [
        [a, ones([4])],
        [b, ones([64])],
      ]);
      const before = [...values(a), ...values(b)];
      const tensors = memory().numTensors;
      const [good, one, text, gone] = [ones([4]), ones([1]), tensor(['x', 'y', 'z', 'w']), ones([64])];
      gone.dispose();
      const mistakes: [unknown, string][] = [
        [
          { [a.name]: good, [b.name]: one },
          `the gradient of '${b.name}': expected shape [64] (that of the variable), got [1]`,
        ],
        [
          { [a.name]: good, [b.name]: gone },
          `the gradient of '${b.name}': expected a tensor of numbers, got a tensor that was`,
        ],
        [
          { [a.name]: text },
          `the gradient of '${a.name}': expected a tensor of numbers, got a tensor of string`,
        ],
        [
          { [a.name]: [1, 1, 1, 1] },
          `the gradient of '${a.name}': expected a tensor of numbers, got an array of 4`,
        ],
        [
          { [a.name]: good, nobody: good },
          "gradients: no variable is named 'nobody'; it was disposed, or never made",
        ],
        [{ [a.name]: good, toString: good }, "gradients: no variable is named 'toString'"],
        [
          [
            { name: a.name, tensor: good },
            { name: a.name, tensor: good },
          ],
          `expected one for each variable, got '${a.name}' twice`,
        ],
        [
          [{ name: a.name, tensor: good }, undefined],
          'gradients[1]: expected { name, tensor }, got undefined',
        ],
        [undefined, 'gradients: expected tensors by the names of variables, got undefined'],
        [good, 'gradients: expected tensors by the names of variables, got a tensor of shape [4]'],
      ];
      for (const [gradients, message] of mistakes) expect(refusal(optimizer, gradients)).toContain(message);
      expect([...values(a), ...values(b)]).toEqual(before);
      expect(optimizer.iterations).toBe(1);
      dispose([good, one, text]);
      expect(memory().numTensors).toBe(tensors);
      dispose([a, b]);
      optimizer.dispose();
    });

    test('int32 and bool gradients do what float32 ones do', () => {
      const numbers = [1, 0, 1, 1];
      const run = (dtype: 'float32' | 'int32' | 'bool') => {
        const a = named([4]);
        const optimizer = make(0.01);
        for (let t = 0; t < 3; t++) apply(optimizer, [[a, tensor(numbers, [4], dtype)]]);
        const result = values(a);
        a.dispose();
        optimizer.dispose();
        return result;
      };
      const wanted = run('float32');
      expect(wanted[0]).toBeLessThan(0);
      expect(run('int32')).toEqual(wanted);
      expect(run('bool')).toEqual(wanted);
    });

    test('variables of another dtype are refused, and empty ones do no harm', () => {
      const [whole, empty, a] = [variable(zeros([2], 'int32')), named([0]), named([2])];
      const optimizer = make(0.01);
      const gradient = ones([2]);
      expect(refusal(optimizer, { [whole.name]: gradient })).toContain('expected variables of float32');
      apply(optimizer, [
        [empty, zeros([0])],
        [a, ones([2])],
      ]);
      expect(values(a)[0]).toBeLessThan(0);
      dispose([whole, empty, a, gradient]);
      optimizer.dispose();
    });

    test('a disposed variable is refused, and one made again under its name starts at 0 again', () => {
      const optimizer = make(0.1);
      const first = variable(zeros([3]), true, `again ${made++}`);
      for (let t = 0; t < 5; t++) apply(optimizer, [[first, fill([3], 100)]]);
      first.dispose();
      const gradient = ones([3]);
      expect(refusal(optimizer, { [first.name]: gradient })).toContain('it was disposed, or never made');
      for (const shape of [[3], [5]]) {
        const second = variable(ones(shape), true, first.name);
        apply(optimizer, [[second, zeros(shape)]]);
        expect(values(second)).toEqual(values(ones(shape)));
        second.dispose();
      }
      gradient.dispose();
      optimizer.dispose();
    });

    test('a gradient of NaN makes NaN of its own number only', () => {
      const a = named([9]);
      const optimizer = make(0.1);
      const numbers = Array.from({ length: 9 }, (_, i) => (i === 4 ? Number.NaN : 1));
      apply(optimizer, [[a, tensor1d(numbers)]]);
      expect(values(a).map(Number.isNaN)).toEqual(numbers.map(Number.isNaN));
      a.dispose();
      optimizer.dispose();
    });

    test('slots of variables that are gone are freed', () => {
      const optimizer = make(0.1);
      const kept = named([2]);
      apply(optimizer, [[kept, ones([2])]]);
      const before = memory().numTensors;
      for (let i = 0; i < 5; i++) {
        const passing = named([3]);
        apply(optimizer, [[passing, ones([3])]]);
        passing.dispose();
      }
      apply(optimizer, [[kept, ones([2])]]);
      expect(memory().numTensors).toBe(before);
      kept.dispose();
      optimizer.dispose();
    });

    test('the learning rate can be changed, is saved, and is checked', () => {
      const [a, b] = [named([2]), named([2])];
      const [changed, constant] = [make(0.01), make(0.5)];
      changed.learningRate = 0.5;
      for (const [optimizer, of] of [
        [changed, a],
        [constant, b],
      ] as const)
        apply(optimizer, [[of, ones([2])]]);
      expect(values(a)).toEqual(values(b));
      expect(changed.getConfig().learningRate).toBe(0.5);
      expect(() => Object.assign(gravesRmsProp().settings, { learningRate: -1 })).toThrow(TypeError);
      for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const set = () => {
          constant.learningRate = rate;
          apply(constant, [[b, ones([2])]]);
        };
        expect(set).toThrow('learningRate: expected a finite number above 0');
      }
      dispose([a, b]);
      for (const each of [changed, constant]) each.dispose();
    });

    test('saved weights go by name, in any order', async () => {
      const [a, b] = [named([2]), named([3])];
      const [optimizer, other] = [make(0.1), make(0.1)];
      apply(optimizer, [
        [a, fill([2], 5)],
        [b, fill([3], 7)],
      ]);
      const [iter, ...weights] = await optimizer.getWeights();
      if (iter === undefined) throw new Error('no count');
      await other.setWeights([iter, ...weights.reverse()]);
      const before = [...values(a), ...values(b)];
      apply(optimizer, [
        [a, fill([2], 1)],
        [b, fill([3], 1)],
      ]);
      const wanted = [...values(a), ...values(b)];
      a.assign(tensor1d(before.slice(0, 2)));
      b.assign(tensor1d(before.slice(2)));
      apply(other, [
        [b, fill([3], 1)],
        [a, fill([2], 1)],
      ]);
      expect([...values(a), ...values(b)]).toEqual(wanted);
      dispose([a, b, iter.tensor]);
      for (const each of [optimizer, other]) each.dispose();
    });

    test('weights that do not fit are refused, and nothing is changed', async () => {
      const [a, b] = [named([2]), named([3])];
      const optimizer = make(0.1);
      apply(optimizer, [
        [a, fill([2], 5)],
        [b, fill([3], 7)],
      ]);
      const weights = await optimizer.getWeights();
      const [iter, first, ...rest] = weights;
      if (iter === undefined || first === undefined) throw new Error('no weights');
      const before = weights.map(({ tensor }) => values(tensor));
      const renamed = (name: string) => [iter, { ...first, name }, ...rest];
      const replaced = (given: Tensor) => [iter, { ...first, tensor: given }, ...rest];
      const counted = (given: Tensor) => [{ name: 'iter', tensor: given }, first, ...rest];
      const part = first.name.slice(first.name.lastIndexOf('/') + 1);
      const mistakes: [unknown, RegExp][] = [
        [undefined, /weights: expected what getWeights\(\) gave, got undefined/],
        [[], /weights: expected 'iter', the number of updates, first, got undefined/],
        [[first, ...rest], /weights: expected 'iter', the number of updates, first/],
        [counted(tensor1d([1, 2])), /weight 'iter': expected one integer of at least 0/],
        [counted(tensor1d([-1])), /weight 'iter': expected one integer of at least 0, got -1/],
        [counted(tensor1d([0.5])), /weight 'iter': expected one integer of at least 0, got 0.5/],
        [[iter, ...rest], new RegExp(`weights: '.*/${part}' is missing`)],
        [[iter, first, first, ...rest], /once, got it twice/],
        [renamed('x'), /weights: expected names like VARIABLE\//],
        [renamed(`${a.name}/q`), /weights: expected names like VARIABLE\//],
        [renamed(`nobody/${part}`), /weights: '.*' is missing/],
        [replaced(ones([5])), /expected shape \[5\]|expected shape \[2\]/],
        [replaced(ones([2], 'int32')), /expected float32, got int32/],
        [
          weights.map(({ name, tensor }) => ({ name: name.replace(a.name, 'nobody'), tensor })),
          /no variable is named 'nobody'/,
        ],
        [
          weights.map(({ name, tensor }) => ({
            name: name.replace(a.name, 'A').replace(b.name, a.name).replace(/^A/, b.name),
            tensor,
          })),
          /expected shape \[\d\] \(that of the variable/,
        ],
      ];
      for (const [odd, message] of mistakes) {
        await expect(Reflect.apply(optimizer.setWeights, optimizer, [odd])).rejects.toThrow(message);
      }
      const after = await optimizer.getWeights();
      expect(after.map(({ tensor }) => values(tensor))).toEqual(before);
      expect(optimizer.iterations).toBe(1);
      dispose([a, b]);
      optimizer.dispose();
    });

    test('random gradients of random subsets in random order: each variable moves as it does alone', () => {
      const shapes = [[1], [4], [3, 5], [33]];
      const update = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 });
      fc.assert(
        fc.property(
          fc.array(update, { minLength: 1, maxLength: 12 }),
          fc.integer({ min: 1, max: 99 }),
          (updates, seed) => {
            const bystander = named([16], 3);
            const together = shapes.map((shape) => named(shape));
            const alone = shapes.map((shape) => named(shape));
            const optimizer = make(0.01);
            const own = shapes.map(() => make(0.01));
            const gradientOf = (i: number, t: number) =>
              mul(ones(shapes[i] ?? []), Math.sin(seed * (t + 1) + i) * 3);
            const of = (list: readonly Variable[], i: number) => list[i] ?? expect.fail('no such variable');
            for (const [t, which] of updates.entries()) {
              apply(
                optimizer,
                which.map((i) => [of(together, i), gradientOf(i, t)] as const),
              );
              for (const [i, each] of own.entries()) {
                // Adam corrects by all updates of an optimizer, so that one alone must count those without it too.
                const given = which.includes(i) ? [[of(alone, i), gradientOf(i, t)] as const] : [];
                apply(each, given);
              }
            }
            // The kernel adds what the reference adds, in the same order; equal here, since one variable's step is the same.
            for (const [i, each] of together.entries()) expect(values(each)).toEqual(values(of(alone, i)));
            expect(values(bystander)).toEqual(Array.from({ length: 16 }, () => 3));
            dispose([bystander, together, alone]);
            for (const each of [optimizer, ...own]) each.dispose();
          },
        ),
        { numRuns: 40 },
      );
    });

    test('whatever gradients come, they are refused or change no other tensor', () => {
      const [a, bystander] = [named([4]), named([64], 7)];
      const optimizer = make(0.01);
      const gradient = fc.oneof(
        fc.constantFrom(undefined, null, 1, 'x'),
        fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
      );
      fc.assert(
        fc.property(
          gradient,
          fc.constantFrom(a.name, 'nobody'),
          fc.constantFrom('float32', 'int32', 'bool'),
          (given, name, dtype) => {
            const made = Array.isArray(given) ? [ones(given, dtype)] : [];
            try {
              Reflect.apply(optimizer.applyGradients, optimizer, [{ [name]: made[0] ?? given }]);
            } catch (error) {
              expect(error).toSatisfy(isTapeheadError);
            }
            dispose(made);
          },
        ),
        { numRuns: 200 },
      );
      expect(values(bystander)).toEqual(Array.from({ length: 64 }, () => 7));
      dispose([a, bystander]);
      optimizer.dispose();
    });
  });
});

onEachEngine('a random sequence of updates', () => {
  test('gives what gravesStep gives each variable by itself', () => {
    const shapes = [[1], [4], [3, 5], [33]];
    const settings = { learningRate: 0.01, decay: 0.95, momentum: 0.9, epsilon: 1e-4 };
    const update = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 1 });
    const sizes = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 33, maxLength: 33 });
    fc.assert(
      fc.property(fc.array(fc.tuple(update, sizes), { minLength: 1, maxLength: 10 }), (updates) => {
        const variables = shapes.map((shape) => named(shape));
        const optimizer = gravesRmsProp(settings);
        tidy(() => {
          const zero = (shape: number[]) => ({ n: zeros(shape), gBar: zeros(shape), delta: zeros(shape) });
          const slow = shapes.map((shape) => ({ value: zeros(shape), moments: zero(shape) }));
          for (const [which, numbers] of updates) {
            const gradients: NamedTensorMap = {};
            for (const i of which) {
              const [own, each] = [variables[i], slow[i]];
              if (own === undefined || each === undefined) throw new Error('no such variable');
              const gradient = tensor(numbers.slice(0, own.size), own.shape);
              gradients[own.name] = gradient;
              each.moments = gravesStep(each.moments, gradient, settings);
              each.value = add(each.value, each.moments.delta);
            }
            optimizer.applyGradients(gradients);
          }
          // Relaxed SIMD multiplies and adds with one rounding where tfjs has two: some 10 steps of 6e-8 each.
          for (const [i, { value }] of slow.entries())
            expectClose(variables[i] ?? value, values(value), 1e-6);
        });
        dispose(variables);
        optimizer.dispose();
      }),
      { numRuns: 60 },
    );
  });

  test('resumes from its weights at any point, bit for bit', async () => {
    const shapes = [[2], [3, 3]];
    const update = fc.shuffledSubarray([0, 1], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(update, { maxLength: 6 }),
        fc.array(update, { minLength: 1, maxLength: 6 }),
        async (before, after) => {
          const straight = shapes.map((shape) => named(shape));
          const [first, second] = [gravesRmsProp(), gravesRmsProp()];
          const step = (optimizer: Optimizer, which: readonly number[], t: number) =>
            apply(
              optimizer,
              which.flatMap((i) => {
                const own = straight[i];
                return own === undefined ? [] : [[own, mul(ones(own.shape), Math.cos(3 * t + i))] as const];
              }),
            );
          for (const [t, which] of before.entries()) step(first, which, t);
          const weights = await first.getWeights();
          await second.setWeights(weights);
          const start = straight.map((each) => each.clone());
          for (const [t, which] of after.entries()) step(first, which, t);
          const wanted = straight.map(values);
          for (const [i, each] of straight.entries()) each.assign(start[i] ?? each);
          for (const [t, which] of after.entries()) step(second, which, t);
          expect(straight.map(values)).toEqual(wanted);
          dispose([straight, start, weights[0]?.tensor ?? []]);
          for (const each of [first, second]) each.dispose();
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('settings', () => {
  test('unknown ones are refused with the nearest name', () => {
    const odd = (make: unknown, settings: unknown) =>
      Reflect.apply(make as typeof adam, undefined, [settings]);
    expect(() => odd(gravesRmsProp, { learningrate: 1 })).toThrow(
      "gravesRmsProp: unknown option 'learningrate', did you mean 'learningRate'?",
    );
    expect(() => odd(adam, { beta: 0.9 })).toThrow("adam: unknown option 'beta', did you mean 'beta1'?");
    expect(() => odd(adam, null)).toThrow('adam: expected an object of options, got null');
    expect(() => odd(gravesRmsProp, { learningRate: '0.1' })).toThrow(
      "learningRate: expected a finite number above 0, got '0.1'",
    );
  });
});
