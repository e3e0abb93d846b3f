import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  odds,
  onEachEngine,
  oneOf,
  sizes,
  testEveryExport,
} from '@tapehead/testing';
import fc from 'fast-check';
import { registerFused } from './fused.js';
import * as index from './index.js';
import { constantMemory, randomMemory, read, repeatMemory, write } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

/** Memory, weights, erase and add, of which 0 heads are a single one without its axis. */
const four = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    heads: fc.integer({ min: 0, max: 3 }),
    rows: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ batch, heads, rows, width }) => {
    const axis = heads === 0 ? [] : [heads];
    const vectors = (size: number): fc.Arbitrary<Given> => argument([batch, ...axis, size]);
    return fc.tuple(argument([batch, rows, width], -1), vectors(rows), vectors(width), vectors(width));
  });

const options = fc.oneof(
  oneOf(undefined, {}, { engine: 'auto' }, { engin: 'auto' }, { engine: 'fast' }),
  odds,
);
const names = ['memory', 'weights', 'erase', 'add'];

onEachEngine('whatever a memory is called with', { registerFused, kernelNames }, (engine) => {
  const reference: typeof write = (memory, weights, erase, add) =>
    write(memory, weights, erase, add, { engine: 'reference' });
  fuzz({
    write: { names, args: four, call: write, ...(engine === 'fused' ? { same: reference } : {}) },
    'write with options': {
      names: [...names, 'engine', 'write'],
      args: fc.tuple(four, options).map(([args, option]) => [...args, option]),
      call: write,
    },
    read: { names, args: four.map(([memory, weights]) => [memory, weights]), call: read },
    constantMemory: {
      names: ['memorySize', 'memoryDim', 'value'],
      args: fc.tuple(
        fields({ memorySize: sizes(1, 5), memoryDim: sizes(1, 3), value: oneOf(undefined, 0, Number.NaN) }),
      ),
      call: constantMemory,
    },
    randomMemory: {
      names: ['memorySize', 'memoryDim', 'seed'],
      args: fc.tuple(
        fields({ memorySize: sizes(1, 5), memoryDim: sizes(1, 3), seed: oneOf(undefined, 0, 7, '7') }),
      ),
      call: randomMemory,
    },
    repeatMemory: {
      names: ['contents', 'batch'],
      args: fc.tuple(argument([3, 2]), sizes(1, 2, 3)),
      call: repeatMemory,
    },
  });
});

testEveryExport({ index }, fromCore);
