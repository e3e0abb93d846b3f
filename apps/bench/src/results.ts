import type { Result } from './evaluation.js';
import { costNumber, count, table } from './output.js';
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
  const [{ unit, wrong } = { unit: '', wrong: undefined }] = results;
  const rows = results.map(({ value, sequences, cost, wrong }) => [
    axis === AS_TRAINED ? '–' : String(value),
    String(sequences),
    costNumber(cost, unit),
    ...(wrong ? [count(wrong.count), `${(100 * wrong.fraction).toFixed(2)} %`] : []),
  ]);
  const head = [axis, 'sequences', unit === 'bits' ? 'bits per sequence' : unit];
  return table([...head, ...(wrong ? [`wrong ${wrong.of}`, 'of all'] : [])], rows);
}
