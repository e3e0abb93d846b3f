import { appendFileSync } from 'node:fs';

/** Writes down what a test of random calls has counted, for the totals of `npm run fuzz`. */
export function recordCalls(name: string, counts: Readonly<Record<string, number>>): void {
  const file = process.env.FUZZ_TOTALS;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ kind: 'calls', name, counts })}\n`);
}
