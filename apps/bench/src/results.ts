import type { Result } from './evaluation.js';
import { count, table } from './output.js';

export function resultTable(results: readonly Result[]): string {
  const rows = results.map(({ length, sequences, bitsPerSequence, wrongBits, wrongBitFraction }) => [
    String(length),
    String(sequences),
    bitsPerSequence.toFixed(3),
    count(wrongBits),
    `${(100 * wrongBitFraction).toFixed(2)} %`,
  ]);
  return table(['length', 'sequences', 'bits per sequence', 'wrong bits', 'of all'], rows);
}
