import { type GoldenCase, testGpuOp } from '@tapehead/testing';
import fc from 'fast-check';
import fixtures from '../fixtures/memory.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { write } from './index.js';
import { fourOf, randomPoints, reference, sizes } from './testing/points.js';

const golden: GoldenCase[] = fixtures;

await testGpuOp('write', {
  registerFused,
  sizes: fc.sample(sizes, { seed: 7, numRuns: 4 }),
  points: randomPoints,
  run: (points, choice) => write(...fourOf(points), choice),
  reference,
  golden: golden.filter((each) => each.function === 'write'),
  runGolden: (given, choice) =>
    write(given.cube('memory'), given.cube('weights'), given.cube('erase'), given.cube('add'), choice),
  programs: ['memory write', 'memory write backward'],
});
