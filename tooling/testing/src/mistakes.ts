import { isTapeheadError } from '@tapehead/core';
import { tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';

/** Declares a test for each mistake: it throws a TapeheadError that says exactly this. */
export function expectMistakes(
  mistakes: readonly (readonly [mistake: () => unknown, message: string])[],
): void {
  for (const [mistake, message] of mistakes) {
    test(message, () => {
      let caught: unknown;
      try {
        tidy(() => void mistake());
      } catch (error) {
        caught = error;
      }
      expect(isTapeheadError(caught), String(caught)).toBe(true);
      expect(String(caught)).toBe(`TapeheadError: ${message}`);
    });
  }
}
