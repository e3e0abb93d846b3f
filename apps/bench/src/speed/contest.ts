import { type Span, type Timing, timingOf } from './stopwatch.js';
import type { Pass } from './workload.js';

/** A program that does one work, and can be timed at it. */
export interface Contestant<P extends string = Pass> {
  readonly name: string;
  /** Whether one run takes so long that the warm-up is one run. */
  readonly isSlow?: boolean;
  /** The milliseconds of each run; none for a pass that the program does not have. */
  times(pass: P, span: Span): Promise<number[]>;
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
  const measured = await takeTurns(contestants, passes, seconds);
  return measured.map(({ name, times }) => ({
    name,
    trainMs: timingOf(times.get('train') ?? []),
    inferMs: timingOf(times.get('infer') ?? []),
  }));
}

/** The milliseconds of each run of one contestant, by pass. */
export interface Measured<P extends string> {
  readonly name: string;
  readonly times: ReadonlyMap<P, readonly number[]>;
}

/**
 * Times each pass of each contestant for `seconds`, after a warm-up of each. Within a turn all contestants run a pass
 * before any runs the next, so that the load of the machine is the same for all.
 */
export async function takeTurns<P extends string>(
  contestants: readonly Contestant<P>[],
  passes: readonly P[],
  seconds: number,
): Promise<Measured<P>[]> {
  const all = contestants.map((contestant) => ({ contestant, times: new Map<P, number[]>() }));
  for (const { contestant } of all) {
    const least = contestant.isSlow ? 1 : WARM_UP.least;
    const span = { seconds: contestant.isSlow ? 0 : Math.min(WARM_UP.seconds, seconds), least };
    for (const pass of passes) await contestant.times(pass, span);
  }
  const span = { seconds: seconds / ROUNDS, least: 1 };
  for (let round = 0; round < ROUNDS; round++) {
    for (const pass of passes) {
      for (const { contestant, times } of all) {
        times.set(pass, [...(times.get(pass) ?? []), ...(await contestant.times(pass, span))]);
      }
    }
  }
  return all.map(({ contestant: { name }, times }) => ({ name, times }));
}
