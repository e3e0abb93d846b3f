import { checkAbove, checkInteger, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { createBreather } from './eventLoop.js';
import { checkRun, meanCost, type Run } from './run.js';
import { type StepOptions, trainStep } from './step.js';
import { type Until, untilOf } from './until.js';

/** What is known after an update. */
export interface Progress {
  /** Updates so far, those before a resume included. */
  step: number;
  /** Sequences so far, those before a resume included. */
  sequences: number;
  /** The cost of this update's sequences. */
  cost: number;
  /** The mean cost of the last 1,000 sequences, or of all if there are fewer. */
  meanCost: number;
  /** The unit of both, that of the run's cost: `bits` by default. */
  unit: string;
  /** Since this call of `train`. */
  sequencesPerSecond: number;
  /** The global norm of the gradient before clipping. */
  gradientNorm: number;
}

export interface TrainOptions extends StepOptions {
  /** The budget: stops when the run has had so many in all, those before a resume included. */
  sequences?: number;
  /** When to stop before the budget is used up; never by default. */
  until?: Until;
  /** Stops cleanly after the current step; the run can be captured and trained on. */
  signal?: AbortSignal | undefined;
  /** The milliseconds after which the event loop gets its turn. */
  breatheEvery?: number;
}

/** Why training stopped; `solved` where the cost has reached what `until` says. */
export type Stop = 'sequences' | 'solved' | 'aborted';

/**
 * Trains the run, an update at a time, and tells of each. The run is whole whenever an event is handed over: capture
 * it, evaluate the model, or leave the loop and call `train(run)` again later, and nothing is lost.
 *
 * Same seed, same backend, same machine, same number of threads: the same run, bit for bit, however often it was
 * interrupted.
 * A run takes one step at a time: two loops over one run at once end in an error as soon as their steps overlap.
 * @returns why it stopped
 * @throws TapeheadError `non-finite` for a cost or a gradient that is not finite, before the parameters were changed;
 * `worker` for a pool that has lost a worker; `range` or `argument` for an option that makes no sense
 */
export async function* train(
  run: Run,
  options: TrainOptions = {},
): AsyncGenerator<Progress, Stop, undefined> {
  checkOptions('train', options, ['sequences', 'until', 'signal', 'breatheEvery', 'pool']);
  checkRun('train', run);
  const {
    sequences = Number.POSITIVE_INFINITY,
    until = 'sequences',
    signal,
    breatheEvery = 16,
    pool,
  } = options;
  checkSignal(signal);
  if (sequences !== Number.POSITIVE_INFINITY) checkInteger('sequences', sequences, 0);
  const isReached = untilOf(until, run.cost);
  checkAbove('breatheEvery', breatheEvery, 0);
  const breathe = createBreather(breatheEvery);
  const [began, had] = [performance.now(), run.sequences];
  for (;;) {
    if (signal?.aborted) return 'aborted';
    if (isReached(run)) return 'solved';
    if (run.sequences >= sequences) return 'sequences';
    const measures = await trainStep(run, { pool });
    const seconds = (performance.now() - began) / 1000;
    yield {
      step: run.step,
      sequences: run.sequences,
      cost: measures.cost,
      meanCost: meanCost(run),
      unit: run.cost.unit,
      sequencesPerSecond: (run.sequences - had) / seconds,
      gradientNorm: measures.gradientNorm,
    };
    await breathe();
  }
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined) return;
  if (typeof signal === 'object' && signal !== null && typeof signal.aborted === 'boolean') return;
  throw new TapeheadError('argument', `signal: expected an AbortSignal, got ${textOf(signal)}`);
}
