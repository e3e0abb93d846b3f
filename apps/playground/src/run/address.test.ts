import { expect, test } from 'vitest';
import { type Address, addressOf, hashOf } from './address.js';
import { copyRun } from './settings.js';

const usual: Address = {
  settings: copyRun,
  spec: { seed: 1, size: {}, bits: [], meddling: [] },
  net: 'trained',
  step: undefined,
};

test('an address that says nothing is the usual run, and the usual run says nothing', () => {
  expect(addressOf('')).toEqual({ address: usual, refused: [] });
  expect(hashOf(usual)).toBe('');
});

test('everything about a run and an episode goes through an address and back', () => {
  const all: Address = {
    settings: {
      task: 'copy',
      taskSettings: { width: 4, maxLength: 9 },
      controller: 'lstm',
      controllerSize: 33,
      layers: 2,
      heads: 3,
      memorySize: 40,
      memoryDim: 11,
      learningRate: 3e-4,
      rateHalfAfter: 500,
      decay: 0.9,
      batch: 4,
      seed: 4_294_967_295,
      backend: 'cpu',
    },
    spec: {
      seed: 12,
      size: { length: 60 },
      bits: [1, 0, 0, 1],
      meddling: [
        { what: 'gate', head: { kind: 'write', index: 1 }, step: 12, value: 0.5, lasts: 'once' },
        { what: 'shift', head: { kind: 'read', index: 0 }, step: 3, value: -1, lasts: 'on' },
        { what: 'memory', row: 5, cell: 2, step: 8, value: -1.5 },
        { what: 'memory', row: 7, cell: undefined, step: 9, value: 0 },
      ],
    },
    net: 'yours',
    step: 0,
  };
  expect(addressOf(`#${hashOf(all)}`)).toEqual({ address: all, refused: [] });
});

test.each([
  'heads=0',
  'heads=many',
  'seed=-1',
  'seed=4294967296',
  'rate=0',
  'rate=NaN',
  'decay=1',
  'controller=own',
  'task=nothing',
  'backend=webgl',
  'net=best',
  'bits=012',
  'step=1.5',
  'task.width=x',
  'do=gate.write1@12=2',
  'do=shift.read0@1=1',
  'do=row1=0',
])('%s is refused by name, and the usual is taken', (part) => {
  const { address, refused } = addressOf(`#${part.replaceAll('+', '%2B')}`);
  expect(refused).toEqual([part]);
  expect(address).toEqual(usual);
});
