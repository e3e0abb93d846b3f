import { NTM } from '@tapehead/ntm';
import { copy } from '@tapehead/tasks';
import { onEachBackend } from '@tapehead/testing';
import { describe, expect, test } from 'vitest';
import { adam } from './adam.js';
import { captureState } from './capture.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { resumeRun } from './restore.js';
import { createRun, type Run } from './run.js';
import type { TrainingState } from './state.js';
import { trainStep } from './step.js';

const task = copy({ width: 2, maxLength: 3 });
const netOf = () =>
  NTM.build({
    inputSize: task.inputSize,
    outputSize: task.outputSize,
    memorySize: 5,
    memoryDim: 3,
    controllerSize: 4,
    seed: 1,
  });

const optimizers = {
  gravesRmsProp: () => gravesRmsProp({ learningRate: 1e-2 }),
  adam: () => adam({ learningRate: 1e-2 }),
};

const started = (optimizer: Run['optimizer']): Run =>
  createRun({ model: netOf(), task, optimizer, batchSize: 2, seed: 7 });

async function steps(run: Run, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await trainStep(run);
}

function freeze({ parameters: { headKernel } }: Run['model'], isFrozen: boolean): void {
  if (headKernel === undefined) throw new Error('every NTM has a headKernel');
  headKernel.trainable = !isFrozen;
}

const stored = async (run: Run): Promise<TrainingState> =>
  decodeCheckpoint(encodeCheckpoint(await captureState(run)));

/** The moments by their names: a resumed optimizer may list them in another order. */
function sorted({ optimizer, ...state }: TrainingState): object {
  const weights = [...optimizer.weights].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...state, optimizer: { ...optimizer, weights } };
}

onEachBackend('a frozen parameter', () => {
  describe.each(Object.entries(optimizers))('with %s', (_, optimizer) => {
    for (const before of [0, 3]) {
      test(`frozen after ${before} steps: the resumed run equals one that never stopped, and does once unfrozen`, async () => {
        const run = started(optimizer());
        await steps(run, before);
        freeze(run.model, true);
        await steps(run, 3);
        const state = await stored(run);
        const model = netOf();
        freeze(model, true);
        const resumed = await resumeRun({ model, state });
        expect(sorted(await captureState(resumed))).toEqual(sorted(state));
        for (const isFrozen of [true, false, true]) {
          for (const each of [run, resumed]) freeze(each.model, isFrozen);
          await steps(run, 2);
          await steps(resumed, 2);
          expect(sorted(await stored(resumed))).toEqual(sorted(await stored(run)));
        }
        const again = await resumeRun({ model: netOf(), state: await stored(run) });
        freeze(again.model, true);
        await steps(run, 2);
        await steps(again, 2);
        expect(sorted(await stored(again))).toEqual(sorted(await stored(run)));
        for (const each of [run, resumed, again]) each.optimizer.dispose();
      });
    }

    test('a parameter that was frozen from the start has no moments: the refusal says what to do', async () => {
      const run = started(optimizer());
      freeze(run.model, true);
      await steps(run, 2);
      const state = await stored(run);
      expect(state.optimizer.weights.filter(({ name }) => name.startsWith('headKernel'))).toEqual([]);
      await expect(resumeRun({ model: netOf(), state })).rejects.toThrow(
        /^checkpoint: it lacks optimizer state 'headKernel\/\w+'; if the parameter was frozen, set its variable\.trainable to false before this$/,
      );
      run.optimizer.dispose();
    });
  });
});
