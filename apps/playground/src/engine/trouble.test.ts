import { TapeheadError } from '@tapehead/core';
import { expect, test } from 'vitest';
import { troubleOf } from './trouble.js';

test.each([
  [new TapeheadError('non-finite', 'train: the cost is NaN at sequence 7'), 'not finite'],
  [new Error('A valid external Instance reference no longer exists: Device is lost'), 'GPU lost'],
  [new RangeError('WebAssembly.Memory.grow(): Maximum memory size exceeded'), 'out of memory'],
  [new RangeError('Array buffer allocation failed'), 'out of memory'],
  [new Error('Aborted(OOM)'), 'out of memory'],
  [new RangeError('Invalid typed array length: 4294967296'), 'out of memory'],
  [new TapeheadError('range', 'heads: expected an integer of at least 1, got 0'), 'other'],
  ['a word', 'other'],
])('%s is: %s', (error, kind) => {
  expect(troubleOf(error).kind).toBe(kind);
});
