import { LSTMBaseline, NTM } from '@tapehead/ntm';
import { copy } from '@tapehead/tasks';
import { adam } from '../adam.js';
import { weightAverage } from '../average.js';
import { captureState } from '../capture.js';
import { encodeCheckpoint } from '../checkpoint.js';
import { gravesRmsProp } from '../gravesRmsProp.js';
import { createRun } from '../run.js';
import type { TrainingState } from '../state.js';
import { trainStep } from '../step.js';
import { constantController } from './nets.js';

const task = copy({ width: 2, maxLength: 3 });
const ends = { inputSize: task.inputSize, outputSize: task.outputSize, seed: 1 };
const sizes = { ...ends, memorySize: 5, memoryDim: 3 };

const nets = {
  lstm: () => NTM.build({ ...sizes, controllerSize: 4, layers: 2 }),
  feedforward: () => NTM.build({ ...sizes, controllerSize: 5, controller: 'feedforward', numHeads: 2 }),
  own: () => NTM.build({ ...sizes, controllerSize: 4, controller: constantController }),
  baseline: () => LSTMBaseline.build({ ...ends, layers: 2, size: 3 }),
};
const optimizers = {
  graves: () => gravesRmsProp({ learningRate: 1e-3, halfAfter: 1000 }),
  adam: () => adam({ learningRate: 1e-3 }),
};

/** What a file holds only where it is not the default. */
const others = {
  clip: { value: 1 },
  accumulate: 2,
  schedule: { kind: 'cosine', updates: 100, to: 0.1, warmUp: 2 },
} as const;

/** A checkpoint that training has made, as a file and as what it says. */
export interface RealFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly state: TrainingState;
}

/** One of each kind of net with each optimizer, after three updates. */
export async function realFiles(): Promise<RealFile[]> {
  const files: RealFile[] = [];
  for (const [net, build] of Object.entries(nets)) {
    for (const [rule, make] of Object.entries(optimizers)) {
      const [model, optimizer] = [build(), make()];
      const average = weightAverage();
      const options = rule === 'adam' ? { ...others, average } : { clip: { norm: 10 } };
      const run = createRun({ model, task, optimizer, batchSize: 2, seed: 7, ...options });
      for (let i = 0; i < 3; i++) await trainStep(run);
      const state = await captureState(run);
      files.push({ name: `${net} with ${rule}`, bytes: encodeCheckpoint(state), state });
      average.dispose();
      optimizer.dispose();
      model.dispose();
    }
  }
  return files;
}
