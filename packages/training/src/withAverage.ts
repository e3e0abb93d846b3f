import { checkFunction, TapeheadError } from '@tapehead/core';
import { clone, dispose, type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import { exclusively } from './busy.js';
import { checkState } from './checkState.js';
import { trainableOf } from './model.js';
import { refuse } from './refuse.js';
import { checkRun, type Run } from './run.js';
import type { TrainingState } from './state.js';

/**
 * Does work, such as `evaluate`, while the model of the run has its averaged parameters. Then it has its own again, bit for
 * bit, also where the work fails. No step of the run can begin meanwhile.
 *
 * ```ts
 * const { cost } = await withAverage(run, () => evaluate(run.model, episodes));
 * ```
 * @returns what the work gave
 * @throws TapeheadError `argument` for a run without an average or before its first update, and while a step is not done
 */
export async function withAverage<T>(run: Run, work: () => T | Promise<T>): Promise<T> {
  checkRun('withAverage', run);
  checkFunction('work', work);
  const { average, model } = run;
  if (average === undefined || average.updates === 0) {
    throw new TapeheadError(
      'argument',
      average === undefined
        ? 'withAverage: expected a run that averages; createRun({ …, average: weightAverage() })'
        : 'withAverage: expected a run that has been updated, got one before its first update',
    );
  }
  return exclusively('withAverage', run, async () => {
    const swaps = Object.entries(trainableOf(model)).flatMap(([name, parameter]): Swap[] => {
      const averaged = average.parameters[name];
      return averaged === undefined ? [] : [{ parameter, averaged, own: clone(parameter) }];
    });
    try {
      for (const { parameter, averaged } of swaps) assign(parameter, averaged);
      return await work();
    } finally {
      for (const { parameter, own } of swaps) assign(parameter, own);
      dispose(swaps.map(({ own }) => own));
    }
  });
}

interface Swap {
  readonly parameter: Variable;
  readonly averaged: Tensor;
  readonly own: Tensor;
}

function assign(parameter: Variable, value: Tensor): void {
  tidy(() => parameter.assign(clone(value)));
}

/**
 * The parameters of a checkpoint, averaged where the run averaged, for `restoreParameters`.
 * @throws TapeheadError `checkpoint` for a state that makes no sense, and for one of a run that did not average
 */
export function averagedParameters(state: TrainingState): TrainingState['parameters'] {
  checkState(state);
  const { parameters, average } = state;
  if (average === undefined) refuse('it holds no averaged weights');
  return { ...parameters, ...average.parameters };
}
