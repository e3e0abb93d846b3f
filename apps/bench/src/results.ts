import type { Result } from './evaluation.js';
import { count, table } from './output.js';
import { AS_TRAINED } from './sizes.js';

/** A table for each way in which episodes grew. */
export function resultTable(results: readonly Result[]): string {
  const axes = [...new Set(results.map(({ axis }) => axis))];
  return axes
    .map((name) =>
      axisTable(
        name,
        results.filter(({ axis }) => axis === name),
      ),
    )
    .join('\n\n');
}

function axisTable(axis: string, results: readonly Result[]): string {
  const rows = results.map(({ value, sequences, bitsPerSequence, wrongBits, wrongBitFraction }) => [
    axis === AS_TRAINED ? '–' : String(value),
    String(sequences),
    bitsPerSequence.toFixed(3),
    count(wrongBits),
    `${(100 * wrongBitFraction).toFixed(2)} %`,
  ]);
  return table([axis, 'sequences', 'bits per sequence', 'wrong bits', 'of all'], rows);
}
