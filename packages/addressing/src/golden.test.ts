import { expectGolden, type GoldenCase, type GoldenInputs, onEachEngine } from '@tapehead/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import fixtures from '../fixtures/addressing.json' with { type: 'json' };
import { registerFused } from './fused.js';
import {
  address,
  circularShift,
  contentAddressing,
  type HeadParameters,
  interpolate,
  sharpen,
} from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const cases: GoldenCase[] = fixtures;

const head = (given: GoldenInputs): HeadParameters => ({
  key: given.cube('key'),
  beta: given.any('beta'),
  gate: given.any('gate'),
  shift: given.cube('shift'),
  gamma: given.any('gamma'),
});

const formulas: Record<string, (given: GoldenInputs) => Tensor> = {
  contentAddressing: (given) => contentAddressing(given.cube('key'), given.cube('memory'), given.any('beta')),
  interpolate: (given) => interpolate(given.any('gate'), given.cube('content'), given.cube('previous')),
  circularShift: (given) => circularShift(given.cube('weights'), given.cube('shift')),
  sharpen: (given) => sharpen(given.cube('weights'), given.any('gamma')),
  address: (given) => address(head(given), given.cube('memory'), given.cube('previous')),
};

onEachEngine('float64 golden vectors of the addressing', { registerFused, kernelNames }, () => {
  test.each(Object.entries(formulas))('%s agrees in value and gradient', (name, formula) => {
    const own = cases.filter((each) => each.function === name);
    expect(own.length).toBeGreaterThan(0);
    for (const golden of own) expectGolden(golden, formula);
  });
});
