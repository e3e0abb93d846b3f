import { LSTMBaseline, NTM } from '@tapehead/ntm';
import { copy } from '@tapehead/tasks';
import { adam } from '../adam.js';
import { captureState } from '../capture.js';
import { encodeCheckpoint } from '../checkpoint.js';
import { gravesRmsProp } from '../gravesRmsProp.js';
import { createRun } from '../run.js';
import type { TrainingState } from '../state.js';
import { trainStep } from '../step.js';
import { constantController } from './nets.js';

const task = copy({ width: 2, maxLength: 3 });
const plain = { inputSize: task.inputSize, outputSize: task.outputSize, seed: 1 };
const sizes = { ...plain, memorySize: 5, memoryDim: 3 };

const nets = {
  lstm: () => NTM.build({ ...sizes, controllerSize: 4, layers: 2 }),
  feedforward: () => NTM.build({ ...sizes, controllerSize: 5, controller: 'feedforward', numHeads: 2 }),
  own: () => NTM.build({ ...sizes, controllerSize: 4, controller: constantController }),
  baseline: () => LSTMBaseline.build({ ...plain, layers: 2, size: 3 }),
};
const optimizers = {
  graves: () => gravesRmsProp({ learningRate: 1e-3, halfAfter: 1000 }),
  adam: () => adam({ learningRate: 1e-3 }),
};

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
      const clip = rule === 'adam' ? { value: 1 } : { norm: 10 };
      const run = createRun({ model, task, optimizer, batchSize: 2, clip, seed: 7 });
      for (let i = 0; i < 3; i++) await trainStep(run);
      const state = await captureState(run);
      files.push({ name: `${net} with ${rule}`, bytes: encodeCheckpoint(state), state });
      optimizer.dispose();
      model.dispose();
    }
  }
  return files;
}
