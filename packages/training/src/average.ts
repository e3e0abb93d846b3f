import { checkFraction, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import {
  add,
  dispose,
  mul,
  sub,
  type Tensor,
  tensor,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { type SequenceModel, trainableOf } from './model.js';
import type { StoredTensor } from './tensorData.js';

/** How {@link weightAverage} averages. */
export interface AverageSettings {
  /** How much of the average an update keeps, from 0 to below 1. */
  decay: number;
}

/**
 * An exponential moving average of the trained parameters of one model. `createRun({ average })` keeps it up to date, and
 * {@link withAverage} puts it into the model for a while.
 *
 * After the first update, a is p. After update t, counted from 0: a ← a + (1 − min(decay, (1 + t) / (10 + t))) (p − a). The
 * minimum lets early parameters, which are far from those to come, fade faster.
 *
 * The averages are the caller's to dispose, as the optimizer is.
 */
export class WeightAverage {
  readonly decay: number;
  #updates = 0;
  readonly #averages = new Map<string, Variable>();

  /** @throws TapeheadError `range` for a decay outside [0, 1) */
  constructor(settings: AverageSettings) {
    checkOptions('WeightAverage', settings, ['decay']);
    const { decay } = settings;
    checkFraction('decay', decay);
    this.decay = decay;
  }

  /** Updates so far. */
  get updates(): number {
    return this.#updates;
  }

  /** The averages by the names of the parameters; none before the first update. They stay the average's own. */
  get parameters(): Readonly<Record<string, Tensor>> {
    return Object.fromEntries(this.#averages);
  }

  /** Takes in the parameters of the model after an update. */
  update(model: SequenceModel): void {
    const kept = Math.min(this.decay, (1 + this.#updates) / (10 + this.#updates));
    tidy(() => {
      for (const [name, parameter] of Object.entries(trainableOf(model))) {
        if (parameter.dtype !== 'float32') continue;
        const average = this.#averages.get(name);
        // Not a · kept + p · (1 − kept): this leaves a parameter that does not change exactly as it is.
        if (average !== undefined) average.assign(add(average, mul(sub(parameter, average), 1 - kept)));
        else this.#averages.set(name, variable(mul(parameter, 1), false));
      }
    });
    this.#updates += 1;
  }

  /** Goes on from stored averages. */
  restore(updates: number, stored: Readonly<Record<string, StoredTensor>>): void {
    dispose(Object.fromEntries(this.#averages));
    this.#averages.clear();
    tidy(() => {
      for (const [name, { shape, values }] of Object.entries(stored)) {
        this.#averages.set(name, variable(tensor(values, [...shape]), false));
      }
    });
    this.#updates = updates;
  }

  /** Frees the averages. */
  dispose(): void {
    dispose(Object.fromEntries(this.#averages));
    this.#averages.clear();
    this.#updates = 0;
  }
}

/**
 * A new average. The caller disposes it.
 * @throws TapeheadError `range` for a decay outside [0, 1), `argument` for an unknown setting
 */
export function weightAverage(settings: Partial<AverageSettings> = {}): WeightAverage {
  checkOptions('weightAverage', settings, ['decay']);
  const { decay = 0.999 } = settings;
  return new WeightAverage({ decay });
}

/** @throws TapeheadError `argument` unless it is one of `weightAverage` */
export function checkAverage(average: unknown): void {
  if (average === undefined || average instanceof WeightAverage) return;
  throw new TapeheadError('argument', `average: expected one of weightAverage(), got ${textOf(average)}`);
}
