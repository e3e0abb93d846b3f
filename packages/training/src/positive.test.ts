import '@tensorflow/tfjs-backend-cpu';
import { expect, test } from 'vitest';
import { adam } from './adam.js';
import { gravesRmsProp } from './gravesRmsProp.js';

test.each(['learningRate', 'epsilon'])(
  'an optimizer refuses a %s that float32 rounds to 0 or infinity',
  (name) => {
    for (const make of [adam, gravesRmsProp]) {
      for (const value of [1e300, 1e-50]) {
        expect(() => make({ [name]: value })).toThrow(
          `${name}: expected a number above 0 that float32 can hold, got ${value}`,
        );
      }
      make({ [name]: 1e-30 }).dispose();
    }
  },
);
