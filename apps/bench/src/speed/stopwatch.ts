/** How long to run something over and over: until both have passed. */
export interface Span {
  seconds: number;
  /** Runs. */
  least: number;
}

/** Milliseconds since some moment. */
export type Clock = () => number;

const wall: Clock = () => performance.now();

/** The milliseconds of each run by `clock`, one after the other. The span is by the wall clock. */
export async function timesOf(
  work: () => Promise<void>,
  { seconds, least }: Span,
  clock = wall,
): Promise<number[]> {
  const times: number[] = [];
  const end = wall() + 1000 * seconds;
  do {
    const began = clock();
    await work();
    times.push(clock() - began);
  } while (times.length < least || wall() < end);
  return times;
}

/** Milliseconds. */
export interface Timing {
  median: number;
  min: number;
  max: number;
}

/** To the microsecond. */
export function timingOf(times: readonly number[]): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { median: rounded(median), min: rounded(at(0)), max: rounded(at(sorted.length - 1)) };
}

function rounded(milliseconds: number): number {
  return Math.round(1000 * milliseconds) / 1000;
}
