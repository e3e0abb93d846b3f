import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bases, kinds } from '../emit/testing.js';
import { type Results, runGraph } from '../graph/oracle.js';
import { randomGraph } from '../graph/random.js';
import { show } from '../graph/show.js';
import { runAsProgram } from './testing.js';

const count = Number(process.env.TAPEHEAD_PROGRAMS ?? 100);
const nodes = Number(process.env.NODES ?? 30);
const first = Number(process.env.TAPEHEAD_SEED ?? 1);

/** The greatest difference, relative to the greatest number of each tensor. */
function distance(
  a: readonly (Float64Array | undefined)[],
  b: readonly (Float64Array | undefined)[],
): number {
  let worst = 0;
  for (const [i, wanted] of b.entries()) {
    const found = a[i];
    if (wanted === undefined || found === undefined) continue;
    const scale = wanted.reduce((most, each) => Math.max(most, Math.abs(each)), 1e-3);
    if (!Number.isFinite(scale) || scale > 1e6) continue;
    for (const [k, each] of wanted.entries()) {
      const difference = Math.abs(each - (found[k] ?? Number.NaN)) / scale;
      worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    }
  }
  return worst;
}
const all = ({ outputs, state, slopes }: Results) => [
  ...outputs,
  ...state,
  ...slopes.x,
  ...slopes.state,
  ...slopes.captured,
];

describe.each(kinds)('programs (%s)', (kind) => {
  it.each([1, 512])(
    'that pack weights of %i numbers give what the oracle gives, for random graphs',
    (smallestWeight) => {
      let failures = '';
      for (const [seed, { graph, given, size }] of fc
        .sample(randomGraph(nodes), { seed: first, numRuns: count })
        .entries()) {
        const expected = runGraph(graph, given, size);
        let error: unknown;
        let far = Number.POSITIVE_INFINITY;
        try {
          const found = runAsProgram(graph, given, size, {
            base: bases[kind],
            relaxed: kind === 'relaxed',
            way: 'backToX',
            smallestWeight,
          });
          far = distance(all(found), all(expected));
        } catch (thrown) {
          error = thrown;
        }
        if (far > 1e-4) {
          failures += `seed ${seed}: ${far} ${error instanceof Error ? error.stack : ''}\n${show(graph)}\n`;
        }
      }
      expect(failures).toBe('');
    },
  );
});
