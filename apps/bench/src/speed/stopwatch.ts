/** How long to run something over and over: until both have passed. */
export interface Span {
  seconds: number;
  /** Runs. */
  least: number;
}

/** The milliseconds of each run, one after the other. */
export async function timesOf(work: () => Promise<void>, { seconds, least }: Span): Promise<number[]> {
  const times: number[] = [];
  let now = performance.now();
  const end = now + 1000 * seconds;
  while (times.length < least || now < end) {
    const began = performance.now();
    await work();
    now = performance.now();
    times.push(now - began);
  }
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
