import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { TapeheadError } from '@tapehead/core';
import {
  add,
  backend_util,
  grad,
  mul,
  ones,
  setBackend,
  sum,
  type Tensor,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { scan, scanEngine } from './index.js';
import { loop } from './loop.js';
import { type CompiledScan, compiledScan, missingKernels } from './run/compiled.js';
import { Obstacle } from './trace/obstacle.js';

vi.mock(import('./run/compiled.js'));
const compiling = vi.mocked(compiledScan);

/** In place of kernels: the flat step in a loop, after a trace at another batch. */
function standIn(...[, flat, x, state]: Parameters<typeof compiledScan>): CompiledScan {
  tidy(() => {
    const at = ({ shape }: { readonly shape: readonly number[] }) => zeros([7, ...shape]);
    flat(x.map(at), state.map(at));
  });
  return { apply: (xs, states) => loop(flat, xs, states), isStale: () => false };
}

beforeAll(() => setBackend('cpu'));
beforeEach(() => {
  compiling.mockReset().mockImplementation(standIn);
  vi.mocked(missingKernels).mockReset().mockReturnValue(undefined);
});
afterEach(() => vi.restoreAllMocks());

const makeStep =
  () =>
  (x: Tensor, { s }: { s: Tensor }) => {
    const next = add(mul(s, 2), x);
    return { output: { s: next }, state: { s: next } };
  };
const run = (step: ReturnType<typeof makeStep>, batch = 2, time = 3, width = 4) =>
  tidy(() => {
    const { outputs } = scan(step, { s: zeros([batch, width]) }, ones([batch, time, width]), {
      engine: 'fused',
    });
    return Array.from(outputs.s.dataSync());
  });

test('a step is compiled once for its shapes, whatever batch and time are', () => {
  const step = makeStep();
  expect(run(step).slice(0, 12)).toEqual([1, 1, 1, 1, 3, 3, 3, 3, 7, 7, 7, 7]);
  run(step, 5);
  run(step, 2, 1);
  expect(compiling).toHaveBeenCalledTimes(1);
  run(step, 2, 3, 5);
  expect(compiling).toHaveBeenCalledTimes(2);
  run(makeStep());
  expect(compiling).toHaveBeenCalledTimes(3);
});

test('it is another with a tape, with a mask and with another structure, and tells what it keeps', () => {
  const step = makeStep();
  const x = ones([2, 3, 4]);
  const start = zeros([2, 4]);
  const loss = (x: Tensor) => sum(scan(step, { s: start }, x).outputs.s);
  tidy(() => void grad(loss)(x));
  tidy(() => void loss(x));
  tidy(() => void scan(step, { s: start }, x, { lengths: [1, 2] }));
  const nested = (x: Tensor[], state: { s: Tensor }) => step(x[0] ?? start, state);
  tidy(() => {
    scan(nested, { s: start }, [x]);
    scan(nested, { s: start }, [x, ones([2, 3])]);
  });
  expect(compiling.mock.calls.map(([, , x, , history]) => [x.map(({ shape }) => shape), history])).toEqual([
    [[[4]], 'kept'],
    [[[4]], 'none'],
    [[[4], []], 'none'],
    [[[4]], 'none'],
    [[[4], []], 'none'],
  ]);
});

test('the same step with tensors of the same shapes in another structure is another', () => {
  tidy(() => {
    const last = (x: readonly Tensor[] | { readonly b: Tensor; readonly a: Tensor }, state: object) => ({
      output: Object.values(x).at(-1) ?? zeros([1]),
      state,
    });
    const [zero, one] = [zeros([1, 1, 1]), ones([1, 1, 1])];
    const outputs = [
      scan(last, {}, [zero, one]).outputs,
      scan(last, {}, { a: one, b: zero }).outputs,
      scan(last, {}, { b: zero, a: one }).outputs,
    ];
    expect(outputs.map((each) => each.dataSync()[0])).toEqual([1, 0, 1]);
    expect(compiling).toHaveBeenCalledTimes(3);
  });
});

test('an object with a step is compiled once, and may be another per object', () => {
  class Adder {
    constructor(readonly by: number) {}
    step(x: Tensor, state: object) {
      return { output: add(x, this.by), state };
    }
  }
  tidy(() => {
    const [one, two] = [new Adder(1), new Adder(2)];
    for (const adder of [one, two, one, two]) {
      const { outputs } = scan(adder, {}, zeros([1, 1, 1]));
      expect(outputs.dataSync()[0]).toBe(adder.by);
    }
    expect(compiling).toHaveBeenCalledTimes(2);
  });
});

test('an obstacle is told: auto takes the loop and warns once, fused is an error, nothing is traced again', () => {
  const warn = vi.spyOn(backend_util, 'warn').mockReturnValue();
  compiling.mockImplementation(() => {
    throw new Obstacle('MirrorPad is not supported');
  });
  const step = makeStep();
  tidy(() => {
    const call = [step, { s: zeros([2, 4]) }, ones([2, 3, 4])] as const;
    expect(scanEngine(...call)).toEqual({ engine: 'reference', reason: 'MirrorPad is not supported' });
    expect(scan(...call).outputs.s.dataSync()[11]).toBe(7);
    scan(...call);
    expect(warn.mock.calls).toEqual([
      ['tapehead: using the slower reference engine, because MirrorPad is not supported'],
    ]);
    expect(() => scan(...call, { engine: 'fused' })).toThrow(
      "engine: 'fused' is not there: MirrorPad is not supported",
    );
    expect(scan(...call, { engine: 'reference' }).outputs.s.dataSync()[11]).toBe(7);
    expect(compiling).toHaveBeenCalledTimes(1);
  });
});

test('a mistake that the trace finds is thrown, with every engine but the reference', () => {
  compiling.mockImplementation(() => {
    throw new TapeheadError('argument', 'step: reads a value back');
  });
  const step = makeStep();
  tidy(() => {
    const call = [step, { s: zeros([2, 4]) }, ones([2, 3, 4])] as const;
    expect(() => scan(...call)).toThrow('step: reads a value back');
    expect(() => scanEngine(...call)).toThrow('step: reads a value back');
    expect(() => run(step)).toThrow('step: reads a value back');
  });
});

test('the compiled engine says the same of what a step returns', () => {
  const wrong = (x: Tensor, { s }: { s: Tensor }) => ({ output: x, state: { s: add(s, zeros([3, 1, 1])) } });
  const message = (engine: 'fused' | 'reference') => {
    try {
      tidy(() => void scan(wrong, { s: zeros([2, 4]) }, ones([2, 3, 4]), { engine }));
    } catch (error) {
      return String(error);
    }
    return 'nothing';
  };
  expect(message('fused')).toBe(message('reference'));
  expect(message('fused')).toContain('state.s, returned by step: expected shape [batch, 4], as it was given');
});

test('steps that are made again for each call are told of once', () => {
  const warn = vi.spyOn(backend_util, 'warn').mockReturnValue();
  for (let i = 0; i < 50; i++) {
    const again = makeStep();
    run((x, state) => again(x, state));
  }
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain('define it once');
});

test('a step whose tensors from outside are gone is compiled again, and told of once', () => {
  const warn = vi.spyOn(backend_util, 'warn').mockReturnValue();
  compiling.mockImplementation((...all) => ({ ...standIn(...all), isStale: () => true }));
  const step = makeStep();
  for (let i = 0; i < 30; i++) run(step);
  expect(compiling).toHaveBeenCalledTimes(30);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain('Pass tensors that are not the same at each call in x');
});
