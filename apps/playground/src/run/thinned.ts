import type { CurvePoint } from '../engine/curve.js';

const MOST = 1500;

/** The curve with few enough points to draw at once: where there are too many, two neighbours become one. */
export function thinned(points: readonly CurvePoint[]): readonly CurvePoint[] {
  if (points.length <= MOST) return points;
  const pairs: CurvePoint[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const [a, b] = [points[i], points[i + 1]];
    if (a === undefined) continue;
    pairs.push(b === undefined ? a : { ...b, bits: (a.bits + b.bits) / 2 });
  }
  return pairs;
}
