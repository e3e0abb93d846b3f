import { table } from '../output.js';
import type { Speed } from './contest.js';
import type { Timing } from './stopwatch.js';

/** The one that trains fastest. */
export function best(speeds: readonly Speed[]): Speed | undefined {
  return [...speeds].sort((a, b) => a.trainMs.median - b.trainMs.median)[0];
}

/** How many times as long as ours another's medians are. */
export function timesAsLong(other: Speed, own: Speed): { train: number; infer: number } {
  return {
    train: ratio(other.trainMs, own.trainMs),
    infer: ratio(other.inferMs, own.inferMs),
  };
}

function ratio(other: Timing, own: Timing): number {
  return Number((other.median / own.median).toPrecision(3));
}

/** A batch in the table: ours, then each other with how many times as long it takes. */
export function rowsOf(batch: number, own: Speed, others: readonly Speed[]): string[][] {
  const cells = ({ name, trainMs, inferMs }: Speed): string[] => [
    String(batch),
    name,
    ...[trainMs, inferMs].flatMap(({ median, min, max }) => [median, min, max].map((ms) => ms.toFixed(2))),
  ];
  const compared = others.map((other) => {
    const { train, infer } = timesAsLong(other, own);
    return [...cells(other), `${train} ×`, `${infer} ×`];
  });
  return [cells(own), ...compared];
}

/** Milliseconds. */
export function speedTable(rows: readonly string[][]): string {
  const head = ['batch', 'program', 'train ms', 'min', 'max', 'forward ms', 'min', 'max'];
  const against = rows.some((row) => row.length > head.length) ? ['train', 'forward'] : [];
  return table([...head, ...against], rows);
}
