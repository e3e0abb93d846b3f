import { colour } from './colormap.js';
import { type Series, valueAt } from './series.js';
import { element } from './svg.js';

/** Shades of the colour scale: steps too small to see. */
export const SHADES = 64;

export interface Heatmap {
  series: Series;
  /** Which rows to show, from top to bottom. */
  rows: readonly number[];
  /** The values that get the first and the last colour. */
  range: readonly [number, number];
  width: number;
  height: number;
}

/**
 * A heatmap, time from left to right: one path for each shade, drawn in cells of 1 × 1 and scaled, in which a run of
 * equal neighbours is one rectangle. `M2 5h3v1h-3z` is row 5, steps 2 to 4.
 */
export function heatmap({ series, rows, range, width, height }: Heatmap): string {
  const paths = new Map<number, string[]>();
  rows.forEach((row, y) => {
    let from = 0;
    while (from < series.steps) {
      const shade = shadeOf(valueAt(series, from, row), range);
      let to = from + 1;
      while (to < series.steps && shadeOf(valueAt(series, to, row), range) === shade) to++;
      const runs = paths.get(shade) ?? [];
      runs.push(`M${from} ${y}h${to - from}v1h${from - to}z`);
      paths.set(shade, runs);
      from = to;
    }
  });
  const scale = `scale(${width / series.steps} ${height / rows.length})`;
  const cells = [...paths].map(([shade, runs]) =>
    element('path', { fill: colour(shade / (SHADES - 1)), d: runs.join('') }),
  );
  return element('g', { class: 'heatmap', transform: scale, 'shape-rendering': 'crispEdges' }, ...cells);
}

function shadeOf(value: number, [low, high]: readonly [number, number]): number {
  const share = (value - low) / (high - low);
  return Math.round(Math.min(1, Math.max(0, share)) * (SHADES - 1));
}
