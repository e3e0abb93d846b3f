import { expect, it } from 'vitest';
import { bitsText, percent } from './words.js';

it.each([
  [0.0004, '0.000'],
  [9.876, '9.88'],
  [131.84, '131.8'],
  [14_305.3, '14,305'],
])('%d bits are %s', (bits, text) => {
  expect(bitsText(bits)).toBe(text);
});

it.each([
  [0, '0 %'],
  [0.000_01, 'under 0.01 %'],
  [0.0146, '1.5 %'],
  [0.476, '48 %'],
])('a share of %d is %s: what is not nothing does not look like it', (fraction, text) => {
  expect(percent(fraction).replaceAll('\u00a0', ' ')).toBe(text);
});
