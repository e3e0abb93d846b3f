import { appendFileSync } from 'node:fs';

/** Where `npm run fuzz` collects what every test has counted. */
const file = process.env.FUZZ_TOTALS;

/** Writes down what a fuzz test has counted, for the totals of the long run. */
export function recordTotals(kind: string, name: string, counts: Readonly<Record<string, number>>): void {
  if (file === undefined) return;
  appendFileSync(file, `${JSON.stringify({ kind, name, counts })}\n`);
}
