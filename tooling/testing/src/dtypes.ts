import { cast, randomUniform, type Tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gradientsOf } from './gradients.js';

const dtypes = ['float32', 'int32', 'bool'] as const;

/**
 * Declares a test: whichever of the inputs are int32 or bool, the value and all gradients are, bit for bit, those of the
 * same zeros and ones in float32.
 * @param shapes those of the inputs
 */
export function testDtypes(
  name: string,
  shapes: readonly (readonly number[])[],
  run: (inputs: Tensor[]) => Tensor,
): void {
  test(`${name}: int32 and bool are the same numbers as float32`, () => {
    const mixed = fc.tuple(...shapes.map(() => fc.constantFrom(...dtypes)));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), mixed, (seed, types) => {
        tidy(() => {
          const bits = shapes.map((shape, i) => bitsOf(shape, seed + i));
          const given = bits.map((each, i) => cast(each, types[i] ?? 'float32'));
          const wanted = run(bits);
          expect(run(given).dtype).toBe('float32');
          expect(listOf(run(given))).toEqual(listOf(wanted));
          const cotangent = randomUniform(wanted.shape, -1, 1, 'float32', seed);
          const own = gradientsOf(run, given, cotangent).map(listOf);
          expect(own).toEqual(gradientsOf(run, bits, cotangent).map(listOf));
        });
      }),
      { seed: 3, numRuns: 20 },
    );
  });
}

/** Zeros and ones. */
function bitsOf(shape: readonly number[], seed: number): Tensor {
  return cast(randomUniform([...shape], 0, 2, 'int32', seed), 'float32');
}

const listOf = (tensor: Tensor): number[] => Array.from(tensor.dataSync());
