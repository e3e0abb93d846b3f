import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { isTapeheadError } from '@tapehead/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { check } from '../graph/check.js';
import { Obstacle } from './obstacle.js';
import type { FlatStep, Leaf } from './record.js';
import { traceStep } from './trace.js';
import { tracing } from './within.js';

beforeEach(() => tf.setBackend('cpu'));

const row: Leaf = { shape: [4], dtype: 'float32' };

/** What a step does with x and h, `[batch, 4]`: the first result is the output, the second the next state, else h. */
type Body = (x: tf.Tensor, h: tf.Tensor) => unknown[] | tf.Tensor | undefined;

function stepOf(body: Body): FlatStep {
  return ([x, ...others], [h]) => {
    if (!x || !h || others.length > 0) throw new Error('x and h only');
    const result = body(x, h);
    const [output, next = h] = Array.isArray(result) ? result : [result];
    return (
      JSON.parse('{}') && Object.assign({ outputs: [], state: [] }, { outputs: [output], state: [next] })
    );
  };
}

const trace = (body: Body, history: 'kept' | 'none' = 'kept') =>
  traceStep(stepOf(body), [row], [row], history);

/** What tracing throws. */
function thrownBy(body: Body): Error {
  try {
    trace(body, 'none');
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}

const batchOf = (x: tf.Tensor) => x.shape[0] ?? 0;
const first = (x: tf.Tensor) => tf.slice(x, [0, 0], [1, -1]);

let calls = 0;

/** Why each of these is not compiled. Behind each stands the line of this file. */
const obstacles: Record<string, [body: Body, reason: string]> = {
  'an op without a rule': [(x) => tf.einsum('ij,ij->i', x, x), 'step: tf.einsum (Einsum) cannot be compiled'],
  'an op of several results': [(x) => tf.topk(x, 2).values, 'step: tf.topk (TopK) cannot be compiled'],
  'a value read back': [
    (x) => tf.mul(x, x.dataSync()[0] ?? 0),
    'step: reads a value back, which cannot be compiled',
  ],
  'a value read back later': [
    (x) => {
      void x.data();
      return x;
    },
    'step: reads a value back, which cannot be compiled',
  ],
  'a captured value read back through an op': [
    (x) => tf.mul(x, tf.add(tf.ones([1]), 1).arraySync() as number[]),
    'step: reads a value back, which cannot be compiled',
  ],
  dropout: [(x) => tf.dropout(x, 0.5), 'step: numbers that differ from call to call'],
  randomNormal: [(x) => tf.add(x, tf.randomNormal([4])), 'step: numbers that differ from call to call'],
  'numbers that change from call to call': [
    (x) => tf.add(x, calls++),
    'step: numbers that differ from call to call',
  ],
  'numbers that differ between sequences': [
    (x) => tf.add(x, tf.reshape(tf.range(0, batchOf(x)), [-1, 1])),
    'step: numbers that differ from call to call, between sequences or with the batch',
  ],
  'the size of the batch as a number': [
    (x) => tf.div(x, batchOf(x)),
    'step: numbers that differ from call to call, between sequences or with the batch',
  ],
  'a sum over the batch': [
    (x) => tf.sub(x, tf.sum(x, 0)),
    'step: tf.sum (Sum) mixes the sequences of the batch',
  ],
  'batch normalisation': [
    (x) => tf.sub(x, tf.moments(x, 0, true).mean),
    'step: tf.mean (Mean) mixes the sequences of the batch',
  ],
  'a maximum over the batch': [
    (x) => tf.sub(x, tf.max(x)),
    'step: tf.max (Max) mixes the sequences of the batch',
  ],
  'a product over the batch': [
    (x, h) => tf.matMul(x, tf.matMul(x, h, true)),
    'step: tf.matMul (BatchMatMul) mixes the sequences of the batch',
  ],
  'a product of each with each': [
    (x, h) => tf.matMul(tf.matMul(x, h, false, true), h),
    'step: the batch is not the first axis of what tf.matMul (BatchMatMul) gives',
  ],
  'the first sequence': [
    (x) => tf.add(x, first(x)),
    'step: tf.slice (Slice) mixes the sequences of the batch',
  ],
  'the first half of all numbers': [
    (x) => tf.reshape(tf.slice(tf.reshape(x, [-1]), 0, 2 * batchOf(x)), [-1, 2]),
    'step: tf.slice (Slice) mixes the sequences of the batch',
  ],
  'the batch reversed': [
    (x) => tf.reverse(x, 0),
    'step: tf.reverse (Reverse) mixes the sequences of the batch',
  ],
  'sums along the batch': [
    (x) => tf.cumsum(x, 0),
    'step: tf.cumsum (Cumsum) mixes the sequences of the batch',
  ],
  'the batch twice': [
    (x) => tf.slice(tf.concat([x, x], 0), 0, batchOf(x)),
    'step: tf.concat (Concat) mixes the sequences of the batch',
  ],
  'the batch twice, behind each other': [
    (x, h) => tf.reshape(tf.concat([x, h], 0), [-1, 8]),
    'step: tf.concat (Concat) mixes the sequences of the batch',
  ],
  'the batch tiled': [
    (x) => tf.reshape(tf.tile(x, [2, 1]), [-1, 8]),
    'step: the batch is not the first axis of what tf.tile (Tile) gives',
  ],
  'the batch padded': [
    (x) =>
      tf.reshape(
        tf.pad(x, [
          [0, batchOf(x)],
          [0, 0],
        ]),
        [-1, 8],
      ),
    'step: tf.pad (PadV2) mixes the sequences of the batch',
  ],
  'a softmax over the batch': [
    (x) => tf.transpose(tf.softmax(tf.transpose(x))),
    'step: the batch is not the first axis of what tf.transpose (Transpose) gives',
  ],
  'a softmax over the batch, behind axes of 1': [
    (x) => tf.reshape(tf.softmax(tf.reshape(tf.sum(x, 1), [1, -1])), [-1, 1]),
    'step: tf.softmax (Softmax) mixes the sequences of the batch',
  ],
  'an argMax over the batch': [
    (x) => tf.add(x, tf.cast(tf.argMax(x, 0), 'float32')),
    'step: tf.argMax (ArgMax) mixes the sequences of the batch',
  ],
  'a sequence chosen by another': [
    (x) => tf.gather(x, tf.argMin(x, 1)),
    'step: tf.gather (GatherV2) mixes the sequences of the batch',
  ],
  'a reshape that puts the batch inside': [
    (x) => tf.tanh(tf.reshape(tf.transpose(tf.reshape(x, [-1, 2, 2]), [1, 0, 2]), [2, -1])),
    'step: the batch is not the first axis of what tf.transpose (Transpose) gives',
  ],
  'each sequence by itself': [
    (x) => tf.stack(tf.unstack(x)),
    'step: does not do the same with a batch of 3 as with a batch of 2 from tf.stack (Pack) on',
  ],
  'another op for another batch': [
    (x) => (batchOf(x) === 2 ? tf.sin(x) : tf.cos(x)),
    'step: does not do the same with a batch of 3 as with a batch of 2 from tf.sin (Sin) on',
  ],
  'a transcendental function of whole numbers': [
    (x) => tf.exp(tf.cast(x, 'int32')),
    'step: tf.exp (Exp) of int32 numbers cannot be compiled, cast them to float32 first',
  ],
  strings: [
    (x) => tf.mul(x, tf.cast(tf.equal(tf.tensor(['a']), 'b'), 'float32')),
    'step: strings cannot be compiled',
  ],
  'complex numbers': [(x) => tf.real(tf.complex(x, x)), 'step: tf.complex (Complex) cannot be compiled'],
};

describe('what cannot be compiled is told with its reason and its line', () => {
  it.each(Object.entries(obstacles))('%s', (_, [body, reason]) => {
    const error = thrownBy(body);
    expect(error).toBeInstanceOf(Obstacle);
    expect(error.message.slice(0, reason.length)).toBe(reason);
    expect(error.message).toMatch(/, at trace\.test\.ts:\d+:\d+$/);
  });

  it('names the line of the op', () => {
    const here = /trace\.test\.ts:(\d+)/.exec(new Error().stack ?? '')?.[1];
    const error = thrownBy((x) => tf.einsum('ij,ij->i', x, x));
    expect(error.message).toContain(`trace.test.ts:${Number(here) + 1}:`);
  });

  it('says what to do about dropout', () => {
    expect(thrownBy((x) => tf.dropout(x, 0.5)).message).toContain('pass them in x, such as a mask');
  });

  it('finds what the step catches', () => {
    const error = thrownBy((x) => {
      try {
        return tf.einsum('ij,ij->i', x, x);
      } catch {
        return x;
      }
    });
    expect(error.message).toContain('Einsum');
  });
});

describe('a step for one batch only', () => {
  const mask = () => tf.ones([16, 4]);

  it('is an obstacle, with what it throws', () => {
    const error = thrownBy((x) => tf.mul(x, mask()));
    expect(error).toBeInstanceOf(Obstacle);
    expect(error.message).toContain('with a batch of 2: Operands could not be broadcast');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('is an obstacle where its output has no batch', () => {
    const error = thrownBy(() => mask());
    expect(error).toBeInstanceOf(Obstacle);
    expect(error.message).toContain('output 0 comes back with the shape [16,4] when the batch is 2');
  });

  it('is an obstacle where its state has no batch', () => {
    expect(thrownBy((x) => [x, mask()])).toBeInstanceOf(Obstacle);
  });
});

/** What no engine can run, which the plain loop would not notice, or too late. */
const mistakes: Record<string, [body: Body, message: string]> = {
  'a tensor that stays': [
    (x) => tf.keep(tf.add(x, 1)),
    'step: keeps 1 new tensor at each call (tf.keep, tf.variable); make them before, or return them as part of the state',
  ],
};

describe('mistakes', () => {
  it.each(Object.entries(mistakes))('%s', (_, [body, message]) => {
    const error = thrownBy(body);
    expect(isTapeheadError(error) && error.code).toBe('argument');
    expect(error.message).toBe(message);
  });

  it('leaves a variable as it is that the step assigns to', () => {
    const weights = tf.variable(tf.tensor1d([1, 2, 3, 4]), true, 'weights');
    const error = thrownBy((x) => {
      weights.assign(tf.add(weights, 1));
      return tf.mul(x, weights);
    });
    expect(isTapeheadError(error)).toBe(true);
    expect(error.message).toMatch(
      /^step: assigns to the variable 'weights' or disposes it, at trace\.test\.ts:\d+:\d+; return/,
    );
    expect([...weights.dataSync()]).toEqual([1, 2, 3, 4]);
    weights.dispose();
  });

  it('keeps a tensor from outside that the step disposes', () => {
    const outside = tf.tensor1d([1, 2, 3, 4]);
    const error = thrownBy((x) => {
      const sum = tf.add(x, outside);
      outside.dispose();
      return sum;
    });
    expect(error.message).toMatch(/^step: disposes a tensor that it did not make, at trace\.test\.ts/);
    expect([...outside.dataSync()]).toEqual([1, 2, 3, 4]);
    outside.dispose();
  });

  it('finds that a step disposes its state', () => {
    const error = thrownBy((x, h) => {
      h.dispose();
      return x;
    });
    expect(error.message).toMatch(/^step: disposes a tensor that it did not make/);
  });

  it('finds a disposed tensor from outside', () => {
    const outside = tf.tensor1d([1, 2, 3, 4]);
    outside.dispose();
    expect(thrownBy((x) => tf.add(x, outside)).message).toMatch(
      /^step: uses a disposed tensor, at trace\.test/,
    );
  });
});

describe('captured tensors', () => {
  it('are found in the order of their use, each once, with their gradients', () => {
    const [a, b, unused] = [tf.ones([4, 4]), tf.ones([4]), tf.ones([4])];
    const { graph, captured } = trace((x, h) => {
      tf.mul(unused, 2);
      return [tf.add(tf.matMul(tf.matMul(x, a), a), b), tf.mul(h, b)];
    });
    expect(captured).toEqual([a, b]);
    expect(graph.captured.map((id) => graph.values[id]?.source)).toEqual([
      { kind: 'captured', leaf: 0 },
      { kind: 'captured', leaf: 1 },
    ]);
    expect(graph.slopes.captured.map((slope) => slope?.shape)).toEqual([[4, 4], [4]]);
    expect(graph.slopes.captured.map((slope) => slope && graph.values[slope.value]?.kind)).toEqual([
      'sum',
      'sum',
    ]);
    check(graph);
    tf.dispose([a, b, unused]);
  });

  it('have a gradient for each clone that is used, and the numbers of one', () => {
    const a = tf.ones([4]);
    const clone = tf.reshape(a, [1, 4]);
    const { graph, captured } = trace((x) => tf.mul(tf.mul(x, a), clone));
    expect(captured).toEqual([a, clone]);
    expect(graph.slopes.captured.map((slope) => slope?.shape)).toEqual([[4], [1, 4]]);
    check(graph);
    tf.dispose([a, clone]);
  });

  it('have no gradient where they hold whole numbers', () => {
    const places = tf.tensor1d([3, 1], 'int32');
    const { graph, captured } = trace((x) => tf.gather(x, places, 1));
    expect(captured).toEqual([places]);
    expect(graph.slopes.captured).toEqual([undefined]);
    places.dispose();
  });
});

describe('gradients', () => {
  it('are not there without history', () => {
    const { graph, gradientObstacle } = trace((x) => tf.sin(x), 'none');
    expect(gradientObstacle).toBeUndefined();
    expect(graph.backward).toEqual([]);
    expect(graph.slopes.x).toEqual([undefined]);
    expect(graph.forward).toEqual(trace((x) => tf.sin(x), 'kept').graph.forward);
  });

  it('are missing for what does not depend on anything', () => {
    const { graph } = trace((x, h) => [tf.zerosLike(x), h]);
    expect(graph.slopes.x).toEqual([undefined]);
    expect(graph.slopes.state.map((slope) => slope && graph.values[slope.value]?.source?.kind)).toEqual([
      'stateSlope',
    ]);
    expect(graph.outputSlopes).toEqual([undefined]);
    check(graph);
  });

  it('are told to be missing where the gradient mixes sequences', () => {
    const double = tf.customGrad((x, save) => {
      if (!(x instanceof tf.Tensor) || typeof save !== 'function') throw new Error('x and save');
      return { value: tf.mul(x, 2), gradFunc: (dy: tf.Tensor) => tf.sub(dy, tf.sum(dy, 0)) };
    });
    const { graph, gradientObstacle } = trace((x) => double(x));
    expect(gradientObstacle).toBe(
      'step: tf.sub (Sub) mixes the sequences of the batch, in the gradient of the step',
    );
    expect(graph.forward.length).toBe(1);
    expect(graph.backward).toEqual([]);
  });

  it('of what is looked up are sums by place', () => {
    const table = tf.ones([7, 4]);
    const step: FlatStep = ([places], [h]) => {
      if (!places || !h) throw new Error('places and h');
      return { outputs: [tf.gather(table, places)], state: [h] };
    };
    const { graph } = traceStep(step, [{ shape: [], dtype: 'int32' }], [row], 'kept');
    expect(graph.backward.map(({ op }) => op.op)).toContain('segmentSum');
    table.dispose();
  });

  it('are told to be missing where what is summed up is multiplied with a sequence', () => {
    const odd = tf.customGrad((x) => {
      if (!(x instanceof tf.Tensor)) throw new Error('x');
      return { value: tf.mul(x, 2), gradFunc: (dy: tf.Tensor) => tf.mul(dy, tf.sum(dy, 0)) };
    });
    expect(trace((x) => odd(x)).gradientObstacle).toContain('tf.mul (Multiply) mixes the sequences');
  });

  it('are told to be missing where a gradient of what is captured is not linear in it', () => {
    const b = tf.ones([4]);
    const clipped = tf.customGrad((x) => {
      if (!(x instanceof tf.Tensor)) throw new Error('x');
      return { value: tf.mul(x, 2), gradFunc: (dy: tf.Tensor) => tf.clipByValue(dy, -1, 1) };
    });
    expect(trace((x) => clipped(tf.add(x, b))).gradientObstacle).toBeUndefined();
    expect(trace((x) => tf.add(x, clipped(b))).gradientObstacle).toContain('in the gradient of the step');
    b.dispose();
  });
});

/** All that tracing may touch in tfjs. */
function stateOfTfjs() {
  const engine = tf.engine();
  const { numTensors, numDataBuffers, numBytes, gradientDepth, kernelDepth, activeTape, scopeStack } =
    engine.state;
  return {
    ...{ numTensors, numDataBuffers, numBytes, gradientDepth, kernelDepth, tape: activeTape?.length },
    ...{ scopes: scopeStack.length, name: engine.backendName, own: Object.keys(engine) },
    instance: Reflect.get(engine, 'backendInstance'),
    pending: Reflect.get(engine, 'pendingBackendInit'),
    ids: tf.engine().findBackend('cpu').numDataIds(),
    kernels: tf.getKernelsForBackend('tapehead-trace').length,
    gradients: [tf.getGradient('Tile'), tf.getGradient('GatherV2')],
  };
}

describe('leaves tfjs as it was', () => {
  const weights = tf.ones([4, 4]);
  const good: Body = (x, h) => [tf.matMul(x, weights), tf.dropout(tf.add(h, 1), 0)];
  const bad: Body = (x) =>
    tf.einsum('ij,ij->i', tf.mul(tf.sin(x), tf.keep(tf.tanh(tf.matMul(x, weights)))), x);
  const throwing: Body = (x) => {
    tf.matMul(tf.sin(x), weights);
    throw new RangeError('of the user');
  };
  const attempt = (body: Body) => {
    try {
      trace(body);
    } catch (error) {
      return error;
    }
    return undefined;
  };

  it('after a trace', () => {
    const before = stateOfTfjs();
    expect(attempt(good)).toBeUndefined();
    expect(stateOfTfjs()).toEqual(before);
  });

  it.each([
    ['of the tracer', (x: tf.Tensor) => tf.einsum('ij,ij->i', tf.matMul(tf.sin(x), weights), x)],
    ['of the user', throwing],
    ['of a gradient', (x: tf.Tensor) => tf.cumprod(tf.matMul(x, weights), 1)],
  ])('after an error %s', (_, body) => {
    const before = stateOfTfjs();
    attempt(body);
    expect(stateOfTfjs()).toEqual(before);
  });

  it('after an error inside of a tidy, a gradient and a kernel', () => {
    const x = tf.ones([2, 4]);
    let seen: unknown[] = [];
    const traced = tf.customGrad((y) => {
      const before = stateOfTfjs();
      attempt(bad);
      attempt(good);
      const { numTensors, numDataBuffers, numBytes, ...after } = stateOfTfjs();
      const kept = numTensors - before.numTensors;
      seen = [
        kept,
        after,
        { ...before, numTensors: undefined, numDataBuffers: undefined, numBytes: undefined },
      ];
      void [numDataBuffers, numBytes];
      if (!(y instanceof tf.Tensor)) throw new Error('y');
      return { value: tf.mul(y, 3), gradFunc: (dy: tf.Tensor) => tf.mul(dy, 3) };
    });
    const slope = tf.grad((y) => tf.sum(traced(tf.mul(y, 2))))(x);
    expect([...slope.dataSync()]).toEqual(Array(8).fill(6));
    const [kept, after, before] = seen;
    // What the step itself has kept stays.
    expect(kept).toBe(1);
    expect({ ...Object(before) }).toMatchObject(Object(after));
    tf.dispose([x, slope]);
  });

  it('after a trace on a tape that goes on', () => {
    const x = tf.ones([2, 4]);
    const slope = tf.grad((y) => {
      const before = tf.engine().state.activeTape.length;
      attempt(good);
      expect(tf.engine().state.activeTape.length).toBe(before);
      return tf.sum(tf.square(y));
    })(x);
    expect([...slope.dataSync()]).toEqual(Array(8).fill(2));
    tf.dispose([x, slope]);
  });

  it('where no backend is there yet, or one is still on its way', () => {
    const engine = tf.engine();
    const { backendName } = engine;
    const [instance, pending] = ['backendInstance', 'pendingBackendInit'].map((key) =>
      Reflect.get(engine, key),
    );
    const none = {
      backendName: undefined,
      backendInstance: undefined,
      pendingBackendInit: Promise.resolve(true),
    };
    try {
      Object.assign(engine, none);
      traceStep(([x], [h]) => ({ outputs: x ? [x] : [], state: h ? [tf.sin(h)] : [] }), [row], [row], 'kept');
      expect(engine).toMatchObject(none);
    } finally {
      Object.assign(engine, { backendName, backendInstance: instance, pendingBackendInit: pending });
    }
  });

  it('says that it traces while it does', () => {
    const seen: boolean[] = [tracing()];
    trace((x) => {
      seen.push(tracing());
      return x;
    });
    expect([...new Set(seen), tracing()]).toEqual([false, true, false]);
  });
});

describe('weights that are made in the first call', () => {
  it('are a mistake, and can be used afterwards', () => {
    const weights: tf.Variable[] = [];
    const body: Body = (x) => {
      if (weights.length === 0) weights.push(tf.variable(tf.fill([4], 2)));
      if (weights.length === 1) weights.push(tf.variable(tf.tensor1d([1, 2, 3, 4])));
      return tf.mul(x, weights[1] ?? x);
    };
    expect(thrownBy(body).message).toContain('make them before');
    expect([...(weights[1]?.dataSync() ?? [])]).toEqual([1, 2, 3, 4]);
    expect(trace(body).captured).toEqual([weights[1]]);
    const product = tf.mul(weights[1] ?? 0, 2);
    expect([...product.dataSync()]).toEqual([2, 4, 6, 8]);
    tf.dispose([...weights, product]);
  });
});

describe('the debugging mode of tfjs', () => {
  it('does not disturb a trace', () => {
    const flags = Reflect.get(tf.env(), 'flags');
    Object.assign(flags, { DEBUG: true });
    const { log } = console;
    console.log = () => {};
    try {
      expect(trace((x) => tf.sin(x)).graph.forward.length).toBe(1);
    } finally {
      Object.assign(flags, { DEBUG: false });
      console.log = log;
    }
  });
});
