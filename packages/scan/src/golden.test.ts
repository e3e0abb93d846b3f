import {
  address,
  circularShift,
  contentAddressing,
  type HeadParameters,
  interpolate,
  sharpen,
} from '@tapehead/addressing';
import { lstmStep } from '@tapehead/controller';
import { read, write } from '@tapehead/memory';
import { expectGolden, type GoldenCase, GoldenInputs, onEachEngine } from '@tapehead/testing';
import { concat, expandDims, squeeze, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import ofAddressing from '../../addressing/fixtures/addressing.json' with { type: 'json' };
import ofLstm from '../../controller/fixtures/lstm.json' with { type: 'json' };
import ofMemory from '../../memory/fixtures/memory.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { scan, scanEngine } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const cases: readonly GoldenCase[] = [...ofAddressing, ...ofMemory, ...ofLstm];

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
  read: (given) => read(given.cube('memory'), given.cube('weights')),
  write: (given) =>
    write(given.cube('memory'), given.cube('weights'), given.cube('erase'), given.cube('add')),
  lstm(given) {
    const [kernel, recurrentKernel] = [given.matrix('kernel'), given.matrix('recurrentKernel')];
    const cell = { h: given.matrix('h'), c: given.matrix('c') };
    const { h, c } = lstmStep(given.matrix('x'), cell, {
      kernel,
      recurrentKernel,
      bias: given.vector('bias'),
    });
    return concat([h, c], 1);
  },
};
/** They have no batch: a step takes them from outside. */
const weights = ['kernel', 'recurrentKernel', 'bias'];

onEachEngine('float64 golden vectors through scan', { registerFused, kernelNames }, (engine) => {
  test.each(Object.entries(formulas))('%s agrees in value and gradient', (name, formula) => {
    const own = cases.filter((each) => each.function === name);
    expect(own.length).toBeGreaterThan(0);
    for (const golden of own) {
      const names = Object.keys(golden.inputs);
      expectGolden(golden, (given) => {
        const outside = names.filter((each) => weights.includes(each));
        const step = (x: Record<string, Tensor>, state: Tensor) => {
          const inputs = [...Object.entries(x), ...outside.map((each) => [each, given.any(each)] as const)];
          return { output: formula(new GoldenInputs(new Map(inputs))), state };
        };
        const taken = names.filter((each) => !weights.includes(each));
        const x = Object.fromEntries(taken.map((each) => [each, expandDims(given.any(each), 1)]));
        const start = zeros([x[taken[0] ?? '']?.shape[0] ?? 0]);
        expect(scanEngine(step, start, x).engine).toBe(engine);
        return squeeze(scan(step, start, x, { engine }).outputs, [1]);
      });
    }
  });
});
