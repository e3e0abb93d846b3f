import { describe, expect, test } from 'vitest';
import { batchOf } from './batch.js';
import { checkEpisode } from './checkEpisode.js';
import { areTargetsOf } from './targets.js';

const episode = (target: number[], mask = [1, 1]) => ({
  steps: 2,
  inputSize: 1,
  outputSize: 3,
  input: new Float32Array(2),
  target: Float32Array.from(target),
  mask: Float32Array.from(mask),
});

describe('targets', () => {
  test('of numbers may be any finite ones', () => {
    const numbers = episode([-5, 0, 2, 1e30, 1, 1]);
    expect(() => checkEpisode('episode', numbers, 'numbers')).not.toThrow();
    expect(() => checkEpisode('episode', numbers)).toThrow(
      'episode.target: expected numbers from 0 to 1, got -5 at step 0, channel 0',
    );
    expect(() => checkEpisode('episode', episode([0, 0, Number.NaN, 0, 0, 0]), 'numbers')).toThrow(
      'episode.target: expected finite float32 numbers, got NaN at step 0, channel 2',
    );
  });

  test('of classes sum to 1 where a step is scored', () => {
    // 0.1 + 0.2 + 0.7 in float32 is not 1.
    expect(() => checkEpisode('episode', episode([0.1, 0.2, 0.7, 0, 1, 0]), 'classes')).not.toThrow();
    expect(() => checkEpisode('episode', episode([0, 0, 0, 0, 1, 0], [0, 1]), 'classes')).not.toThrow();
    expect(() => checkEpisode('episode', episode([0, 1, 0, 0, 0, 0]), 'classes')).toThrow(
      'episode.target: expected probabilities of classes, which sum to 1 at a scored step, got a sum of 0 at step 1',
    );
    expect(() => batchOf([episode([1, 1, 0, 0, 1, 0])], 'classes')).toThrow(
      'episodes[0].target: expected probabilities of classes',
    );
    expect(() => checkEpisode('episode', episode([2, -1, 0, 0, 1, 0]), 'classes')).toThrow('got 2 at step 0');
  });

  test('of classes are bits, and bits are numbers', () => {
    expect(areTargetsOf('classes', 'bits')).toBe(true);
    expect(areTargetsOf('bits', 'numbers')).toBe(true);
    expect(areTargetsOf('numbers', 'bits')).toBe(false);
    expect(areTargetsOf('bits', 'classes')).toBe(false);
  });
});
