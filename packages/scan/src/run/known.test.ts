import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  mul,
  ones,
  setBackend,
  sum,
  type Tensor,
  tensor1d,
  valueAndGrad,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { registerFused } from '../fused.js';
import { Builder } from '../graph/builder.js';
import type { Graph } from '../graph/graph.js';
import { scan } from '../index.js';
import { createKnown } from './known.js';

/** x + numbers */
function graphWith(...numbers: number[]): Graph {
  const g = new Builder();
  const shape = [1, numbers.length];
  const sum = g.map('add', shape, g.x(...shape), g.constant(shape, ...numbers));
  return g.graph([sum], []);
}

function padWith(value: number): Graph {
  const g = new Builder();
  const padded = g.node({ op: 'pad', before: [0, 1], value }, [1, 4], [g.x(1, 2)]);
  return g.graph([padded], []);
}

it('gives equal graphs the same plan', () => {
  const known = createKnown<object>();
  const made = known(graphWith(1, 2), 'back', () => ({}));
  expect(known(graphWith(1, 2), 'back', () => ({}))).toBe(made);
});

it.each<[string, Graph, Graph]>([
  ['other numbers', graphWith(1, 2), graphWith(1, 3)],
  ['other shapes', graphWith(1, 2), graphWith(1, 2, 2)],
  ['another sign of 0', graphWith(1, 0), graphWith(1, -0)],
  ['another sign of many 0', graphWith(0, 0), graphWith(-0, -0)],
  ['infinity and NaN', padWith(Infinity), padWith(NaN)],
  ['another sign of a padding of 0', padWith(0), padWith(-0)],
])('tells %s apart', (_, a, b) => {
  const known = createKnown<object>();
  expect(known(a, 'back', () => ({}))).not.toBe(known(b, 'back', () => ({})));
});

it('tells apart what is wanted', () => {
  const known = createKnown<object>();
  const graph = graphWith(1, 2);
  expect(known(graph, 'back', () => ({}))).not.toBe(known(graph, 'forward', () => ({})));
});

it('forgets the graphs that were longest not asked for', () => {
  const known = createKnown<object>();
  const [first, second] = [graphWith(1, 2), graphWith(3, 4)];
  const [one, two] = [known(first, 'back', () => ({})), known(second, 'back', () => ({}))];
  for (let i = 0; i < 14; i++) known(graphWith(i, 9), 'back', () => ({}));
  expect(known(first, 'back', () => ({}))).toBe(one);
  known(graphWith(20, 9), 'back', () => ({}));
  expect(known(first, 'back', () => ({}))).toBe(one);
  expect(known(second, 'back', () => ({}))).not.toBe(two);
});

it('leaves steps of the same graph their own weights', async () => {
  await setBackend('cpu');
  await registerFused();
  const state = zeros([1, 2]);
  const gradientWith = (weights: Tensor) => {
    const step = (x: Tensor, h: Tensor) => ({ output: mul(x, weights), state: h });
    return valueAndGrad((x) => sum(scan(step, state, x, { engine: 'fused' }).outputs))(ones([1, 3, 2]));
  };
  const [a, b] = [gradientWith(tensor1d([1, 2])), gradientWith(tensor1d([5, 7]))];
  expect([a, b].map(({ value }) => value.dataSync()[0])).toEqual([9, 36]);
  expect([a, b].map(({ grad }) => [...grad.dataSync()])).toEqual([
    [1, 2, 1, 2, 1, 2],
    [5, 7, 5, 7, 5, 7],
  ]);
});
