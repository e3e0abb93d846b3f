import { isSolved, meanCost, type Progress, train, trainStep } from '@tapehead/training';
import type { Look } from '../run/look.js';
import { type CurvePoint, createCurve } from './curve.js';
import { createBrake, type Pace } from './pace.js';
import type { Trained } from './recipe.js';
import { type Trouble, troubleOf } from './trouble.js';

/** What the page is told while a net trains. */
export interface News extends Progress {
  readonly points: readonly CurvePoint[];
  /** The watched episode through the net of this moment, now and then. */
  readonly look?: Look | undefined;
}

/** Why training ended, and how it stood then. */
export interface Ended {
  readonly why: 'paused' | 'solved' | 'trouble';
  readonly trouble?: Trouble;
  readonly solved: boolean;
  readonly news?: News | undefined;
}

export interface TrainingOptions {
  readonly until: 'solved' | 'paused';
  readonly pace: () => Pace;
  readonly signal: AbortSignal;
  readonly look: () => Promise<Look | undefined>;
  /** Takes the news; while it has not settled, no more come. */
  readonly tell: (news: News) => Promise<void>;
}

/** Milliseconds between two pieces of news, and between two looks. */
const [NEWS_EVERY, LOOK_EVERY] = [150, 300];

/** Trains the run until somebody stops it, it is solved, or something breaks. */
export async function trainAndTell(trained: Trained, options: TrainingOptions): Promise<Ended> {
  const { run } = trained;
  const curve = createCurve();
  const brake = createBrake(options.pace);
  const telling = createTeller(options);
  let progress: Progress | undefined;
  const news = (): News | undefined => progress && { ...progress, points: curve.take() };
  try {
    for await (progress of train(run, {
      signal: options.signal,
      until: options.until === 'solved' ? 'solved' : 'sequences',
    })) {
      curve.add(progress);
      await telling.offer(news);
      await brake(options.signal);
    }
    const solved = isSolved(run);
    return { why: options.signal.aborted ? 'paused' : 'solved', solved, news: news() };
  } catch (error) {
    return { why: 'trouble', trouble: troubleOf(error), solved: false, news: news() };
  }
}

/** One update. */
export async function stepAndTell({ run }: Trained): Promise<Ended> {
  try {
    const measures = await trainStep(run);
    const { step, sequences } = run;
    const mean = meanCost(run);
    const points = [{ sequences, bits: measures.cost, mean }];
    const news = {
      ...measures,
      step,
      sequences,
      meanCost: mean,
      unit: run.cost.unit,
      sequencesPerSecond: 0,
      points,
    };
    return { why: 'paused', solved: isSolved(run), news };
  } catch (error) {
    return { why: 'trouble', trouble: troubleOf(error), solved: false };
  }
}

/** Tells news at a limited rate, and never more than the page can take. */
function createTeller({ tell, look }: TrainingOptions): {
  offer(news: () => News | undefined): Promise<void>;
} {
  let [told, looked, busy] = [0, 0, false];
  return {
    async offer(news) {
      const now = performance.now();
      if (busy || now - told < NEWS_EVERY) return;
      told = now;
      const current = news();
      if (current === undefined) return;
      const due = now - looked >= LOOK_EVERY;
      if (due) looked = now;
      busy = true;
      const withLook = due ? { ...current, look: await look() } : current;
      tell(withLook).finally(() => {
        busy = false;
      });
    },
  };
}
