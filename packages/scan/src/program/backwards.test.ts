import { expect, it } from 'vitest';
import { bases } from '../emit/testing.js';
import { Builder } from '../graph/builder.js';
import { runAsProgram } from './testing.js';

it('reads backwards from the first bytes of the memory on', () => {
  const g = new Builder();
  const [x, state, w, v] = [g.x(1, 2), g.state(1, 2), g.captured(86, 6), g.captured(516, 2)];
  const turned = g.view(510, [0, -6, 1], [1, 86, 6], w);
  const sums = g.product('', [1, 2], { value: turned.value, shape: [1, 516] }, v);
  const graph = g.graph([g.map('add', [1, 2], sums, x)], [state], { x: [], state: [], captured: [] });
  const given = {
    x: [new Float64Array(4)],
    state: [new Float64Array(4)],
    captured: [new Float64Array(516).fill(1), new Float64Array(1032).fill(2)],
  };
  const { outputs } = runAsProgram(
    graph,
    given,
    { batch: 2, time: 1 },
    { base: bases.simd, relaxed: false, way: 'forward' },
  );
  expect(outputs).toEqual([Float64Array.of(1032, 1032, 1032, 1032)]);
});
