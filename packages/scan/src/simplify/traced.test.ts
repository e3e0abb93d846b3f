import {
  add,
  concat,
  div,
  matMul,
  maximum,
  mul,
  randomNormal,
  reshape,
  setBackend,
  sigmoid,
  slice,
  softmax,
  split,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  variable,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../graph/check.js';
import type { FlatStep } from '../trace/record.js';
import { traceStep } from '../trace/trace.js';
import { cost, recompute, simplify } from './index.js';
import { expectSame, givenFor } from './same.js';

beforeAll(() => setBackend('cpu'));

const weight = (...shape: number[]) => variable(randomNormal(shape, 0, 0.3, 'float32', 7));
const parts = (x: Tensor, sizes: number[]) => split(x, sizes, 1);

/** An LSTM of 4 with an output, of x and h in one product. */
function lstm(): FlatStep {
  const [kernel, bias, output] = [weight(7, 16), weight(16), weight(4, 2)];
  return ([x], [h, c]) => {
    if (!x || !h || !c) throw new Error('tensors are missing');
    const raw = add(matMul(concat([x, h], 1), kernel), bias);
    const [i, f, g, o] = parts(raw, [4, 4, 4, 4]).map((each, gate) =>
      gate === 2 ? tanh(each) : sigmoid(each),
    );
    if (!i || !f || !g || !o) throw new Error('gates are missing');
    const nextC = add(mul(f, c), mul(i, g));
    const nextH = mul(o, tanh(nextC));
    return { outputs: [matMul(nextH, output)], state: [nextH, nextC] };
  };
}

/** A memory [5, 4] read by similarity to keys of two heads, with shifted weights, and written to by outer products. */
function memory(): FlatStep {
  const kernel = weight(7, 18);
  return ([x], [rows, read]) => {
    if (!x || !rows || !read) throw new Error('tensors are missing');
    const [keys, erased, added, shift] = parts(
      matMul(concat([x, reshape(read, [-1, 4])], 1), kernel),
      [8, 4, 4, 2],
    );
    if (!keys || !erased || !added || !shift) throw new Error('parts are missing');
    const norm = (z: Tensor) => sqrt(maximum(sum(square(z), -1, true), 1e-6));
    const two = reshape(tanh(keys), [-1, 2, 4]);
    const cosine = matMul(div(two, norm(two)), div(rows, norm(rows)), false, true);
    const found = sum(softmax(mul(cosine, 3)), 1, true);
    const [stay = shift, move = shift] = split(reshape(softmax(shift), [-1, 1, 2]), 2, 2);
    const moved = concat([slice(found, [0, 0, 4], [-1, 1, 1]), slice(found, [0, 0, 0], [-1, 1, 4])], 2);
    const weights = add(mul(stay, found), mul(move, moved));
    const column = transpose(weights, [0, 2, 1]);
    const kept = mul(rows, sub(1, mul(column, reshape(sigmoid(erased), [-1, 1, 4]))));
    const next = add(kept, mul(column, reshape(tanh(added), [-1, 1, 4])));
    const got = reshape(matMul(weights, next), [-1, 4]);
    return { outputs: [got], state: [next, got] };
  };
}

describe('traced steps', () => {
  it.each<[string, () => FlatStep, number[][]]>([
    ['an LSTM', lstm, [[4], [4]]],
    ['a memory', memory, [[5, 4], [4]]],
  ])('%s computes the same after simplify and recompute', (_, make, state) => {
    const leaf = (shape: number[]) => ({ shape, dtype: 'float32' as const });
    const { graph } = traceStep(make(), [leaf([3])], state.map(leaf), 'kept');
    check(graph);
    const size = { batch: 2, time: 4 };
    const after = simplify(graph);
    expect(after.backward.length).toBeGreaterThan(0);
    expect(cost(after)).toBeLessThan(cost(graph));
    expectSame(graph, after, givenFor(graph, size), size);
    expectSame(graph, recompute(after, 20), givenFor(graph, size), size);
  });

  it('without gradients that nobody wants, and none at all', () => {
    const leaf = (shape: number[]) => ({ shape, dtype: 'float32' as const });
    const { graph } = traceStep(lstm(), [leaf([3])], [leaf([4]), leaf([4])], 'kept');
    const none = simplify(graph, { x: [false], state: [false, false], captured: [false, false, false] });
    expect(none.backward).toEqual([]);
    check(none);
    expect(simplify(graph, { x: [false] }).backward.length).toBeLessThan(simplify(graph).backward.length);
  });
});
