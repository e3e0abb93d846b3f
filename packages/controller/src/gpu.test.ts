import { type GoldenCase, testGpuOp } from '@tapehead/testing';
import { concat } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import fixtures from '../fixtures/lstm.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { lstmStep } from './index.js';
import { joined, randomPoints, reference, sizes } from './testing/points.js';

const golden: GoldenCase[] = fixtures;

await testGpuOp('the LSTM step', {
  registerFused,
  sizes: fc.sample(sizes, { seed: 7, numRuns: 4 }),
  points: randomPoints,
  run: (points, choice) => joined((...given) => lstmStep(...given, choice))(points),
  reference,
  golden,
  runGolden(given, choice) {
    const cell = { h: given.matrix('h'), c: given.matrix('c') };
    const weights = {
      kernel: given.matrix('kernel'),
      recurrentKernel: given.matrix('recurrentKernel'),
      bias: given.vector('bias'),
    };
    const { h, c } = lstmStep(given.matrix('x'), cell, weights, choice);
    return concat([h, c], 1);
  },
  programs: ['controller step', 'controller gates backward', 'controller products backward'],
});
