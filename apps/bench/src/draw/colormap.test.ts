import { expect, it } from 'vitest';
import { colour } from './colormap.js';

/** Relative luminance of a `#rrggbb` (WCAG). */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

it('grows lighter with every step, so that it reads in grey too', () => {
  const steps = Array.from({ length: 64 }, (_, i) => luminance(colour(i / 63)));
  for (const [i, light] of steps.entries()) expect(light).toBeGreaterThan(steps[i - 1] ?? -1);
});

it('keeps what is out of range at the ends', () => {
  expect(colour(-3)).toBe(colour(0));
  expect(colour(7)).toBe(colour(1));
});
