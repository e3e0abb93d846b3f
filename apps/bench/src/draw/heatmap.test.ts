import { expect, it } from 'vitest';
import { colour } from './colormap.js';
import { heatmap } from './heatmap.js';

/** Paints the paths on a grid, counting how often each cell is painted. */
function paint(svg: string, rows: number, steps: number): { fill: string; times: number }[][] {
  const grid = Array.from({ length: rows }, () =>
    Array.from({ length: steps }, () => ({ fill: '', times: 0 })),
  );
  for (const [, fill = '', d = ''] of svg.matchAll(/<path fill="(#[0-9a-f]{6})" d="([^"]*)"\/>/g)) {
    for (const [, x, y, run] of d.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      for (let t = Number(x); t < Number(x) + Number(run); t++) {
        const cell = grid[Number(y)]?.[t];
        if (cell === undefined) throw new Error(`painted outside: step ${t}, row ${y}`);
        cell.fill = fill;
        cell.times += 1;
      }
    }
  }
  return grid;
}

it('paints every cell once, in its colour, rows in the order asked for', () => {
  const [steps, size] = [7, 3];
  const values = Float32Array.from({ length: steps * size }, (_, i) => (i % 4) / 3);
  const rows = [2, 0];
  const grid = paint(
    heatmap({ series: { values, steps, size }, rows, range: [0, 1], width: 70, height: 20 }),
    2,
    steps,
  );
  for (const [y, row] of rows.entries()) {
    for (let t = 0; t < steps; t++) {
      expect(grid[y]?.[t]).toEqual({ fill: colour(((t * size + row) % 4) / 3), times: 1 });
    }
  }
});
