import { expect, test } from 'vitest';
import { axisOf } from './axis.js';
import { copy } from './tasks/copy.js';
import { repeatCopy } from './tasks/repeatCopy.js';

test('an axis knows what the task draws, and its sizes are those of every episode', () => {
  const axis = axisOf(copy({ minLength: 3, maxLength: 7 }), 'length');
  expect(axis.trained).toEqual({ least: 3, most: 7 });
  expect(axis.at(120)).toEqual({ minLength: 120, maxLength: 120 });
});

test('an unknown axis says which there are', () => {
  expect(() => axisOf(repeatCopy(), 'items')).toThrow(
    "axis: repeat-copy grows in 'length', 'repeats', got 'items'",
  );
  expect(() => axisOf({ ...copy(), axes: [] }, 'length')).toThrow("axis: copy grows in none, got 'length'");
});
