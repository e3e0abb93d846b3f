import { LSTMBaseline, NTM, type NtmOptions } from '@tapehead/ntm';
import { onEachBackend } from '@tapehead/testing';
import type { Variable } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkSizes } from './netSizes.js';
import { constantController } from './testing/nets.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

type Shapes = Record<string, { shape: readonly number[]; values: Float32Array }>;

function shapesOf(parameters: Readonly<Record<string, Variable>>): Shapes {
  const entries = Object.entries(parameters);
  return Object.fromEntries(
    entries.map(([name, { shape, size }]) => [name, { shape, values: new Float32Array(size) }]),
  );
}

const size = fc.integer({ min: 1, max: 5 });
const machine = fc.record({
  inputSize: size,
  outputSize: size,
  memorySize: fc.integer({ min: 5, max: 9 }),
  memoryDim: size,
  controllerSize: size,
  readHeads: size,
  writeHeads: size,
  controller: fc.constantFrom<NonNullable<NtmOptions['controller']>>(
    'lstm',
    'feedforward',
    constantController,
  ),
  layers: fc.integer({ min: 1, max: 3 }),
  shifts: fc.constantFrom(1, 3, 5),
  initialWeighting: fc.constantFrom('scattered' as const, 'zero' as const),
});
const baseline = fc.record({ inputSize: size, outputSize: size, layers: size, size });
const net = fc.oneof(
  machine.map((options) => NTM.build(options)),
  baseline.map(LSTMBaseline.build),
);

const sizes = [
  'inputSize',
  'outputSize',
  'memorySize',
  'memoryDim',
  'controllerSize',
  'readHeads',
  'writeHeads',
];
const anySize = fc.constantFrom(...sizes, 'layers', 'shifts', 'size');

onEachBackend('the sizes of a net', () => {
  test('are those of its parameters, and no others pass', () => {
    fc.assert(
      fc.property(net, anySize, fc.constantFrom(-1, 1, 2, 3, 1e6, 1e15), (built, name, more) => {
        const [config, shapes] = [{ ...built.config }, shapesOf(built.parameters)];
        checkSizes(config, shapes);
        const given: unknown = Reflect.get(config, name);
        // What an own controller does with its sizes is its own affair, and so is that of its input.
        const isOwn = 'controller' in config && config.controller === 'own';
        const isFree = isOwn && ['layers', 'controllerSize', 'inputSize'].includes(name);
        if (typeof given === 'number' && !isFree) {
          expect(() => checkSizes({ ...config, [name]: given + more }, shapes)).toThrow('checkpoint: model');
        }
        built.dispose();
      }),
    );
  });

  test('must all be there where the parameters are those of an NTM', () => {
    const built = NTM.build({ inputSize: 3, memorySize: 5, memoryDim: 4, controllerSize: 5 });
    const { memorySize: _, ...config } = built.config;
    const shapes = shapesOf(built.parameters);
    expect(() => checkSizes(config, shapes)).toThrow('model.memorySize: expected an integer of at least 1');
    const nested = Object.fromEntries(
      Object.entries(shapes).map(([name, stored]) => [`net.${name}`, stored]),
    );
    checkSizes(config, nested);
    expect(() => checkSizes({ ...built.config, memorySize: 60 }, nested)).toThrow('those of a larger net');
    expect(() => checkSizes({ ...built.config, memorySize: 1e7 }, nested)).toThrow('is more than all');
    built.dispose();
  });

  test('of a net that is none of these pass', () => {
    checkSizes({ memorySize: 1e9, controller: 'mine' }, {});
    checkSizes({ controller: 'lstm', inputSize: 3, layers: 1e9 }, {});
  });
});
