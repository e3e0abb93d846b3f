import { isTapeheadError } from '@tapehead/core';
import { memory, mul, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

/**
 * Declares a test for each call that no backend has memory for: it throws a TapeheadError `range` that begins like this and
 * says how much it needs, allocates nothing, and leaves the backend working.
 */
export function expectTooLarge(calls: readonly (readonly [call: () => unknown, begins: string])[]): void {
  for (const [call, begins] of calls) {
    test(`${begins}: too large`, () => {
      tidy(() => {
        const before = memory();
        let caught: unknown;
        try {
          tidy(() => void call());
        } catch (error) {
          caught = error;
        }
        if (!isTapeheadError(caught)) throw new Error(`expected a TapeheadError, got ${String(caught)}`);
        expect(caught.code).toBe('range');
        expect(caught.message).toMatch(
          /: needs \d+(e\+\d+)? MB.*, and the backend '\w+' has at most \d+ MB .*; take /,
        );
        expect(caught.message.slice(0, begins.length)).toBe(begins);
        expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
        expect([...mul(tensor1d([1, 2]), 2).dataSync()]).toEqual([2, 4]);
      });
    });
  }
}
