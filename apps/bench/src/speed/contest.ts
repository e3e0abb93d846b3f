import { type Span, type Timing, timingOf } from './stopwatch.js';
import type { Pass } from './workload.js';

/** A program that does one work, and can be timed at it. */
export interface Contestant {
  readonly name: string;
  times(pass: Pass, span: Span): Promise<number[]>;
  end(): Promise<void>;
}

export interface Speed {
  name: string;
  trainMs: Timing;
  inferMs: Timing;
}

/** What each pass runs before its time counts; no longer than it is timed. */
export const WARM_UP: Span = { seconds: 1, least: 5 };
/** All take turns, so often, because the load of a machine changes by the second. */
export const ROUNDS = 5;

const passes = ['train', 'infer'] as const;

/** Times each pass of each contestant for `seconds`, in turns, after a warm-up of each. */
export async function contest(contestants: readonly Contestant[], seconds: number): Promise<Speed[]> {
  const warmUp = { ...WARM_UP, seconds: Math.min(WARM_UP.seconds, seconds) };
  const measured = contestants.map((contestant) => ({ contestant, times: noTimes() }));

  for (const contestant of contestants) for (const pass of passes) await contestant.times(pass, warmUp);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { contestant, times } of measured) {
      for (const pass of passes) {
        times[pass].push(...(await contestant.times(pass, { seconds: seconds / ROUNDS, least: 1 })));
      }
    }
  }
  return measured.map(({ contestant: { name }, times: { train, infer } }) => ({
    name,
    trainMs: timingOf(train),
    inferMs: timingOf(infer),
  }));
}

function noTimes(): Record<Pass, number[]> {
  return { train: [], infer: [] };
}
