import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../graph/check.js';
import { randomGraph } from '../graph/random.js';
import { cost, recompute, simplify } from './index.js';
import { expectSame } from './same.js';

describe('simplify', () => {
  it('computes the same of random graphs at no more cost, and so does recompute', () => {
    fc.assert(
      fc.property(randomGraph(), ({ graph, given, size }) => {
        check(graph);
        const after = simplify(graph);
        expect(cost(after)).toBeLessThan(1.05 * cost(graph));
        expectSame(graph, after, given, size);
        expectSame(graph, recompute(after, 10), given, size);
      }),
      { numRuns: 300, seed: 13, endOnFailure: true },
    );
  });
});
