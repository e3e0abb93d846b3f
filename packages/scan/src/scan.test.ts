import { expectClose, expectMistakes, expectNoLeak, onEachEngine } from '@tapehead/testing';
import {
  add,
  cast,
  concat,
  cumsum,
  dispose,
  grad,
  grads,
  keep,
  logicalOr,
  matMul,
  mean,
  memory,
  mul,
  ones,
  type Rank,
  randomNormal,
  reshape,
  reverse,
  type Scalar,
  slice,
  stack,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  tensor,
  tensor2d,
  tidy,
  tile,
  unstack,
  type Variable,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { scan } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const [batch, time, inputs, units] = [3, 4, 2, 5];
const normal = (shape: number[], seed: number) => randomNormal(shape, 0, 0.5, 'float32', seed);
const sequence = (seed = 1) => normal([batch, time, inputs], seed);

/** A net with two parts of state, and variables. */
function makeNet(): { readonly weights: Variable; readonly step: typeof step } {
  const weights = variable(normal([inputs + units, units], 7));
  const step = (x: Tensor, { h, count }: { h: Tensor; count: Tensor }) => {
    const next = tanh(
      matMul<Tensor2D>(concat([x, h], 1), reshape<Rank.R2>(weights, [inputs + units, units])),
    );
    return { output: { y: next, twice: [mul(next, 2)] }, state: { h: next, count: add(count, 1) } };
  };
  return { weights, step };
}

const start = (rows = batch) => ({ h: normal([rows, units], 3), count: zeros([rows]) });

/** The same by hand. */
function byHand(
  { step }: ReturnType<typeof makeNet>,
  state: { h: Tensor; count: Tensor },
  x: Tensor,
): { y: Tensor; h: Tensor } {
  const ys: Tensor[] = [];
  let now = state;
  for (const each of x.shape[1] === 1 ? [reshape(x, [x.shape[0] ?? 0, inputs])] : unstack(x, 1)) {
    const { output, state: next } = step(each, now);
    ys.push(output.y);
    now = next;
  }
  return { y: ys.length === 1 ? reshape(stack(ys), [-1, 1, units]) : stack(ys, 1), h: now.h };
}

const kernels = { registerFused, kernelNames };

onEachEngine('scan', kernels, (engine) => {
  test.each([1, 2, 5])('gives what a loop by hand gives, over %i steps', (steps) => {
    tidy(() => {
      const net = makeNet();
      const x = normal([batch, steps, inputs], 1);
      const { outputs, state } = scan(net.step, start(), x, { engine });
      const wanted = byHand(net, start(), x);
      expect(outputs.y.shape).toEqual([batch, steps, units]);
      // A kernel sums in another order.
      expectClose(outputs.y, wanted.y, 1e-6);
      expectClose(outputs.twice[0] ?? [], mul(wanted.y, 2), 1e-6);
      expectClose(state.h, wanted.h, 1e-6);
      expect(Array.from(state.count.dataSync())).toEqual(Array(batch).fill(steps));
      net.weights.dispose();
    });
  });

  test.each([1, 4])('has the gradients of a loop by hand, over %i steps', (steps) => {
    tidy(() => {
      const net = makeNet();
      const x = normal([batch, steps, inputs], 1);
      const { h, count } = start();
      const cotangent = normal([batch, steps, units], 9);
      const cost = (y: Tensor, last: Tensor) => add(sum(mul(y, cotangent)), sum(mul(last, 3)));
      const own = (x: Tensor, h: Tensor) => {
        const { outputs, state } = scan(net.step, { h, count }, x, { engine });
        return cost(outputs.y, state.h);
      };
      const hand = (x: Tensor, h: Tensor) => {
        const { y, h: last } = byHand(net, { h, count }, x);
        return cost(y, last);
      };
      const wanted = grads(hand)([x, h]);
      // Both sum the same numbers, in another order.
      for (const [i, each] of grads(own)([x, h]).entries()) expectClose(each, wanted[i] ?? [], 1e-5);
      const slopeOf = (f: typeof own) =>
        variableGrads(() => reshape<Rank.R0>(f(x, h), [])).grads[net.weights.name];
      expectClose(slopeOf(own) ?? [], slopeOf(hand) ?? [], 1e-5);
      net.weights.dispose();
    });
  });

  test('has no gradients of gradients', () => {
    tidy(() => {
      const net = makeNet();
      const slope = grad((x) => sum(scan(net.step, start(), x).outputs.y));
      expect(() => grad((x) => sum(slope(x)))(sequence())).toThrow(
        'scan: expected first-order gradients only',
      );
      net.weights.dispose();
    });
  });

  test('a scan within a step is part of it', () => {
    tidy(() => {
      // Sums of sums, over both axes of time.
      const inner = (x: Tensor, s: Tensor) => ({ output: add(s, x), state: add(s, x) });
      const outer = (x: Tensor, s: Tensor) => {
        const { state } = scan(inner, s, x);
        return { output: state, state };
      };
      const x = normal([2, 3, 4], 1);
      const { outputs, state } = scan(outer, zeros([2]), x);
      expectClose(outputs, cumsum(sum(x, 2), 1), 1e-6);
      expectClose(grad((x) => sum(scan(outer, zeros([2]), x).state))(x), ones([2, 3, 4]), 1e-6);
      expect(state.shape).toEqual([2]);
    });
  });

  test('the loop refuses outputs that there is no room for, after the first step', () => {
    const step = (x: Tensor, state: object) => ({ output: tile(x, [1, 1e6]), state });
    const call = () => scan(step, {}, ones([1, 4000, 1]), { engine: 'reference' });
    expect(() => tidy(() => void call())).toThrow(
      /^scan of 1 sequences of 4000 steps: needs 32000 MB, .* take shorter sequences or a smaller batch$/,
    );
  });

  test('takes an object with a step, and several tensors as x', () => {
    tidy(() => {
      const adder = {
        by: ones([1]),
        step(x: { a: Tensor; b: Tensor }, state: Tensor[]) {
          const output = add(add(x.a, x.b), this.by);
          return { output, state };
        },
      };
      const a = sequence();
      const none: Tensor[] = [];
      const { outputs, state } = scan(adder, none, { a, b: zeros([batch, time, 1]) });
      expect(state).toEqual([]);
      expectClose(outputs, add(a, 1), 1e-6);
    });
  });

  test('keeps int32 and bool as they are', () => {
    tidy(() => {
      const x = { a: tensor([[1, 2, 3]], [1, 3], 'int32'), b: tensor([[true, false, true]], [1, 3], 'bool') };
      for (const direction of ['forward', 'backward'] as const) {
        const { outputs, state } = scan(
          ({ a, b }, { n, any }) => ({
            output: { a, b },
            state: { n: add(n, mul(a, cast(b, 'int32'))), any: logicalOr(any, b) },
          }),
          { n: zeros([1], 'int32'), any: zeros([1], 'bool') },
          x,
          { direction, mask: [[1, 1, 0]], engine },
        );
        const dtypes = [outputs.a, outputs.b, state.n, state.any].map(({ dtype }) => dtype);
        expect(dtypes).toEqual(['int32', 'bool', 'int32', 'bool']);
        expect(Array.from(state.any.dataSync())).toEqual([1]);
        expect(Array.from(outputs.a.dataSync())).toEqual([1, 2, 0]);
        expect(Array.from(outputs.b.dataSync())).toEqual([1, 0, 0]);
        expect(Array.from(state.n.dataSync())).toEqual([1]);
      }
    });
  });

  test('gives tensors of its own, whatever the step returns', () => {
    const x = ones([2, 3, 4]);
    const kept = keep(ones([2, 1]));
    const learned = variable(ones([2, 2]));
    const initial = { same: ones([2, 1]), of: kept, learned };
    const { outputs, state } = scan(
      (at, before) => ({
        output: { at, before: before.same, both: [kept, kept] },
        state: { same: before.same, of: kept, learned },
      }),
      initial,
      x,
    );
    expect(outputs.at.shape).toEqual([2, 3, 4]);
    dispose([...outputs.both, outputs.at, outputs.before, ...Object.values(state)]);
    for (const each of [x, kept, learned, initial.same]) expect(each.isDisposed).toBe(false);
    dispose([x, kept, learned, initial.same]);
  });

  test('one tensor in two places of the state is two', () => {
    tidy(() => {
      const { outputs, state } = scan(
        (x) => {
          const next = mul(x, 2);
          return { output: next, state: [next, next] };
        },
        [zeros([batch, inputs]), zeros([batch, inputs])],
        sequence(),
      );
      const last = reshape(slice(outputs, [0, time - 1, 0]), [batch, inputs]);
      for (const each of state) expectClose(each, last, 1e-6);
      expect(state[0]).not.toBe(state[1]);
    });
  });

  // The loop takes seconds for as many.
  test.each([engine === 'fused' ? 10_000 : 1_000])('goes %i steps, and back', (steps) => {
    tidy(() => {
      const x = ones<Rank.R3>([1, steps, 1]);
      const sums = (x: Tensor) =>
        scan((each, state) => ({ output: add(each, state), state: add(each, state) }), zeros([1, 1]), x, {
          engine,
        });
      const { outputs, state } = sums(x);
      // Whole numbers below 2^24 are exact.
      expect(state.dataSync()[0]).toBe(steps);
      expect(outputs.dataSync()[steps / 2 - 1]).toBe(steps / 2);
      const slopes = grads((x: Tensor) => sum(sums(x).state))([x])[0]?.dataSync() ?? [];
      expect([slopes.length, slopes.every((slope) => slope === 1)]).toEqual([steps, true]);
    });
  });

  test('two scans in one loss have the gradients of both', () => {
    tidy(() => {
      const net = makeNet();
      const x = normal([batch, 4, inputs], 1);
      const { h, count } = start();
      const own = (h: Tensor) => {
        const first = scan(net.step, { h, count }, x, { engine });
        const again = scan(net.step, { h: first.state.h, count }, x, { engine });
        return sum(add(mul(first.outputs.y, again.outputs.y), mean(again.state.h)));
      };
      const hand = (h: Tensor) => {
        const first = byHand(net, { h, count }, x);
        const again = byHand(net, { h: first.h, count }, x);
        return sum(add(mul(first.y, again.y), mean(again.h)));
      };
      const slope = (of: typeof own) => grads(of)([h])[0] ?? [];
      // Both sum the same numbers, in another order.
      expectClose(slope(own), slope(hand), 1e-5);
      const ofWeights = (of: typeof own) =>
        variableGrads(() => reshape<Rank.R0>(of(h), [])).grads[net.weights.name] ?? [];
      expectClose(ofWeights(own), ofWeights(hand), 1e-5);
      net.weights.dispose();
    });
  });

  test('leaves nothing behind but what it returns, with a tape and without', () => {
    const net = makeNet();
    const [x, initial] = [sequence(), start()];
    for (const direction of ['forward', 'backward'] as const) {
      const run = () => scan(net.step, initial, x, { direction, lengths: [1, 4, 0] });
      expectNoLeak(() => {
        const { outputs, state } = run();
        return [outputs.y, ...outputs.twice, state.h, state.count];
      });
      expectNoLeak(() => {
        const { value, grads } = variableGrads(() => tidy(() => sum<Scalar>(run().outputs.y)));
        return [value, ...Object.values(grads)];
      });
    }
    dispose([net.weights, x, initial.h, initial.count]);
  });

  test('the loop holds one state at a time', () => {
    tidy(() => {
      const counts: number[] = [];
      scan(
        (x, { m }) => {
          counts.push(memory().numTensors);
          return { output: {}, state: { m: add(m, x) } };
        },
        { m: zeros([1, 1]) },
        ones([1, 6, 1]),
        { engine: 'reference' },
      );
      // Each step disposes of its x and of the state before: nothing grows.
      expect(counts.slice(2)).toEqual(counts.slice(1, -1).map((each) => each - 1));
    });
  });
});

onEachEngine('sequences of different lengths', kernels, (engine) => {
  const net = makeNet;
  const lengths = [2, 4, 0];
  const rows = (tensor: Tensor, i: number, from: number, to: number) =>
    slice(tensor, [i, from, 0], [1, to - from, -1]);

  test('are each what they are alone, and 0 behind their end', () => {
    tidy(() => {
      const { step, weights } = net();
      const [x, initial] = [sequence(), start()];
      for (const given of [
        { lengths },
        { lengths: tensor(lengths, [3], 'int32') },
        { mask: maskOf(lengths) },
      ]) {
        const { outputs, state } = scan(step, initial, x, { ...given, engine });
        for (const [i, length] of lengths.entries()) {
          const h = slice(initial.h, [i, 0], [1, units]);
          expectClose(rows(outputs.y, i, length, time), zeros([1, time - length, units]), 1e-9);
          const last = slice(state.h, [i, 0], [1, units]);
          if (length === 0) {
            expect(last.dataSync()).toEqual(h.dataSync());
            continue;
          }
          const alone = scan(step, { h, count: zeros([1]) }, rows(x, i, 0, length));
          expectClose(rows(outputs.y, i, 0, length), alone.outputs.y, 1e-6);
          expectClose(last, alone.state.h, 1e-6);
        }
        expect(Array.from(state.count.dataSync())).toEqual(lengths);
      }
      weights.dispose();
    });
  });

  test('go backward from their own last step', () => {
    tidy(() => {
      const { step, weights } = net();
      const [x, initial] = [sequence(), start()];
      const { outputs, state } = scan(step, initial, x, { lengths, direction: 'backward', engine });
      for (const [i, length] of lengths.entries()) {
        if (length === 0) continue;
        const turned = reverse(rows(x, i, 0, length), 1);
        const h = slice(initial.h, [i, 0], [1, units]);
        const alone = scan(step, { h, count: zeros([1]) }, turned);
        expectClose(rows(outputs.y, i, 0, length), reverse(alone.outputs.y, 1), 1e-6);
        expectClose(slice(state.h, [i, 0], [1, units]), alone.state.h, 1e-6);
        expectClose(rows(outputs.y, i, length, time), zeros([1, time - length, units]), 1e-9);
      }
      weights.dispose();
    });
  });

  test('have no gradient behind their end, and their own before it', () => {
    tidy(() => {
      const { step, weights } = net();
      const { h, count } = start();
      const x = sequence();
      const cost = (x: Tensor, h: Tensor) => {
        const { outputs, state } = scan(step, { h, count }, x, { lengths, engine });
        return add(sum(outputs.y), sum(state.h));
      };
      const [slope = x, first = x] = grads(cost)([x, h]);
      for (const [i, length] of lengths.entries()) {
        expectClose(rows(slope, i, length, time), zeros([1, time - length, inputs]), 1e-9);
        if (length === 0) {
          expect(Array.from(slice(first, [i, 0], [1, units]).dataSync())).toEqual(Array(units).fill(1));
          continue;
        }
        const alone = (x: Tensor) => {
          const from = { h: slice(h, [i, 0], [1, units]), count: zeros([1]) };
          const { outputs, state } = scan(step, from, x);
          return add(sum(outputs.y), sum(state.h));
        };
        expectClose(rows(slope, i, 0, length), grads(alone)([rows(x, i, 0, length)])[0] ?? [], 1e-5);
      }
      weights.dispose();
    });
  });

  test('may have gaps', () => {
    tidy(() => {
      const counts = scan(
        (_, { n }) => ({ output: add(n, 1), state: { n: add(n, 1) } }),
        { n: zeros([2]) },
        zeros([2, 4]),
        { mask: tensor2d([1, 0, 1, 1, 0, 0, 1, 0], [2, 4], 'bool'), engine },
      );
      expect(counts.outputs.arraySync()).toEqual([
        [1, 0, 2, 3],
        [0, 0, 1, 0],
      ]);
      expect(counts.state.n.arraySync()).toEqual([3, 1]);
    });
  });

  test('what is not taken may be NaN', () => {
    tidy(() => {
      const x = tensor2d([1, Number.NaN, 2], [1, 3]);
      const { outputs, state } = scan(
        (at, { s }) => ({ output: add(s, at), state: { s: add(s, at) } }),
        { s: zeros([1]) },
        x,
        { mask: [[1, 0, 1]], engine },
      );
      expect(outputs.arraySync()).toEqual([[1, 0, 3]]);
      expect(state.s.arraySync()).toEqual([3]);
    });
  });
});

function maskOf(lengths: readonly number[]): number[][] {
  return lengths.map((length) => Array.from({ length: time }, (_, t) => (t < length ? 1 : 0)));
}

onEachEngine('mistakes', kernels, () => {
  const x = () => zeros([2, 3, 4]);
  const h = () => ({ h: zeros([2, 5]) });
  const odd = (value: unknown) => JSON.parse(JSON.stringify(value ?? null));
  const same = <S>(at: Tensor, state: S) => ({ output: at, state });
  /** A step that returns this. */
  const returning = (returned: (x: Tensor, state: { h: Tensor }) => unknown) => () =>
    Reflect.apply(scan, undefined, [returned, h(), x()]);
  const expected = 'expected a tensor, or tensors in arrays and plain objects, got';

  expectMistakes([
    [
      () => scan(odd(5), h(), x()),
      'scan: expected a function step(x, state), or an object that has one, got 5',
    ],
    [
      () => scan(odd({ step: 1 }), h(), x()),
      'scan: expected a function step(x, state), or an object that has one, got an object',
    ],
    [() => scan(same, odd(null), x()), `initialState: ${expected} null`],
    [() => scan(same, { a: [h(), odd(1)] }, x()), `initialState.a[1]: ${expected} 1`],
    [
      () => scan((x, state) => ({ output: x, state }), h(), []),
      'x: expected at least one tensor [batch, time, …], got none',
    ],
    [() => scan(same, h(), zeros([2])), 'x: expected shape [batch, time, …], got [2]'],
    [() => scan(same, h(), zeros([2, 0, 4])), 'x: expected shape without an axis of 0, got [2, 0, 4]'],
    [() => scan(same, h(), zeros([0, 3, 4])), 'x: expected shape without an axis of 0, got [0, 3, 4]'],
    [
      () => scan((at) => ({ output: at.a, state: {} }), {}, { a: x(), b: zeros([2, 2]) }),
      'x.b: expected shape [2, 3, …], as x.a has it, got [2, 2]',
    ],
    [
      () => scan(same, { cells: [zeros([1, 5])] }, x()),
      'initialState.cells[0]: expected shape [2, …] (batch 2, as x has it), got [1, 5]',
    ],
    [
      () => scan(same, { n: zeros([]) }, x()),
      'initialState.n: expected shape [2, …] (batch 2, as x has it), got []',
    ],
    [
      () => scan(same, h(), x(), odd({ reverse: true })),
      "scan: unknown option 'reverse'; expected one of 'engine', 'mask', 'lengths', 'direction'",
    ],
    [
      () => scan(same, h(), x(), odd({ direction: 'back' })),
      "direction: expected one of 'forward', 'backward', got 'back'",
    ],
    [
      () => scan(same, h(), x(), odd({ engine: 'fast' })),
      "engine: expected one of 'auto', 'fused', 'reference', got 'fast'",
    ],
    [
      () => scan(same, h(), x(), { mask: ones([2, 3]), lengths: [1, 2] }),
      'scan: expected a mask or lengths, got both',
    ],
    [
      () => scan(same, h(), x(), { mask: ones([2, 4]) }),
      'mask: expected shape [2, 3] (batch 2, time 3), got [2, 4]',
    ],
    [() => scan(same, h(), x(), { lengths: [1] }), 'lengths: expected shape [2] (batch 2), got [1]'],
    [
      () => scan(same, h(), x(), { lengths: [1, 4] }),
      'lengths[1]: expected an integer from 0 to 3 (time 3), got 4',
    ],
    [
      () => scan(same, h(), x(), { lengths: [1.5, 1] }),
      'lengths[0]: expected an integer from 0 to 3 (time 3), got 1.5',
    ],
    [
      () => scan(same, h(), x(), { lengths: Int32Array.of(-1, 2) }),
      'lengths[0]: expected an integer from 0 to 3 (time 3), got -1',
    ],
    [
      () => scan(same, h(), x(), { lengths: [true, false] }),
      'lengths[0]: expected an integer from 0 to 3 (time 3), got true',
    ],
    [returning(() => undefined), 'step: expected it to return { output, state }, got undefined'],
    [
      returning(async () => undefined),
      'step: expected it to return { output, state }, got a promise; a step cannot wait',
    ],
    [returning((x) => ({ output: x })), 'step: expected it to return { output, state }, got an object'],
    [returning((_, state) => ({ output: 1, state })), `output: ${expected} 1`],
    [
      returning((_, state) => ({ output: { loss: zeros([]) }, state })),
      'output.loss, returned by step: expected shape [batch, …], as x has it, got []',
    ],
    [
      returning((x) => ({ output: x, state: [] })),
      'state: expected { h }, as it was given, got an array of 0',
    ],
    [
      returning((x) => ({ output: x, state: { h: zeros([2, 6]) } })),
      'state.h, returned by step: expected shape [batch, 5], as it was given, got [batch, 6]',
    ],
    [
      returning((x) => ({ output: x, state: { h: zeros([2, 5], 'int32') } })),
      'state.h, returned by step: expected float32, as it was given, got int32',
    ],
    [
      returning((x, state) => {
        state.h.dispose();
        return { output: x, state: h() };
      }),
      'step: disposed of x or of its state; leave both to scan',
    ],
    [
      () => {
        let t = 0;
        const step = (_: Tensor, state: { h: Tensor }) => ({ output: zeros([2, ++t]), state });
        return scan(step, h(), x(), { engine: 'reference' });
      },
      'output, returned by step: expected shape [batch, 1] and float32, as at the step before, got [batch, 2] and float32',
    ],
  ]);

  test('leave nothing behind', () => {
    const [at, state] = [x(), h()];
    const before = memory().numTensors;
    for (const wrong of [() => undefined, () => ({ output: zeros([2]), state: zeros([2]) })]) {
      expect(() => Reflect.apply(scan, undefined, [wrong, state, at])).toThrow('expected');
    }
    expect(() => scan(same, state, at, { lengths: [4, 4] })).toThrow('lengths');
    expect(memory().numTensors).toBe(before);
    dispose([at, state.h]);
  });
});
