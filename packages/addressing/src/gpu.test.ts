import { type GoldenCase, testGpuOp } from '@tapehead/testing';
import fc from 'fast-check';
import fixtures from '../fixtures/addressing.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { address } from './index.js';
import { randomPoints, reference, sizes, splitPoints } from './testing/points.js';

const golden: GoldenCase[] = fixtures;

await testGpuOp('address', {
  registerFused,
  sizes: fc.sample(sizes, { seed: 7, numRuns: 4 }),
  // Going back, three rows of 40 and the two parameters of a head; 64 lanes take 320 bytes.
  crowded: { sizes: { seed: 1, batch: 2, heads: 2, rows: 40, width: 2, half: 1 }, storage: 700 },
  points: randomPoints,
  run: (points, choice) => address(...splitPoints(points), choice),
  reference,
  golden: golden.filter((each) => each.function === 'address'),
  runGolden: (given, choice) =>
    address(
      {
        key: given.cube('key'),
        beta: given.any('beta'),
        gate: given.any('gate'),
        shift: given.cube('shift'),
        gamma: given.any('gamma'),
      },
      given.cube('memory'),
      given.cube('previous'),
      choice,
    ),
  programs: ['addressing forward', 'addressing backward'],
});
