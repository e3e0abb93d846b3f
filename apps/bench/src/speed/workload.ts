import { type Engine, NTM } from '@tapehead/ntm';
import { axisOf, batchOf, copy, createRandom, type Episode, type Task } from '@tapehead/tasks';
import { createRun, gravesRmsProp, type Run, type StepOptions, trainStep } from '@tapehead/training';
import { dispose, tidy } from '@tensorflow/tfjs-core';

/** The paper's network for copy: one read and one write head, a memory of N = 128 and M = 20. */
const paper = {
  memorySize: 128,
  memoryDim: 20,
  controllerSize: 100,
  readHeads: 1,
  writeHeads: 1,
  initialMemory: 'learned',
  seed: 1,
} as const;

/** What that network does: copies 8 bits a vector. */
export interface Work {
  controller: 'lstm' | 'feedforward';
  engine: Engine;
  /** Sequences at once. */
  batch: number;
  /** Vectors to copy: 2 · length + 1 steps. */
  length: number;
}

/** What is timed: a training iteration, or a forward pass of the same batch. */
export type Pass = 'train' | 'infer';

export interface Workload {
  readonly net: NTM;
  readonly run: Run;
  readonly passes: Readonly<Record<Pass, (how?: StepOptions) => Promise<void>>>;
  dispose(): void;
}

/**
 * `train` is one `trainStep` as `train()` takes it, with the same sequences each time: they become tensors, forward,
 * back, clipping of the global norm, Graves's RMSProp. `infer` is `net.sequence` up to its logits being read.
 */
export function createWorkload({ controller, engine, batch, length }: Work): Workload {
  const task = copy({ width: 8 });
  const random = createRandom(1);
  const episodes = Array.from({ length: batch }, () =>
    task.episode(random, axisOf(task, 'length').at(length)),
  );
  const { inputSize, outputSize } = task;
  const net = NTM.build({ ...paper, inputSize, outputSize, controller, engine });
  const optimizer = gravesRmsProp();
  const run = createRun({ model: net, task: prepared(task, episodes), optimizer, batchSize: batch });
  const tensors = batchOf(episodes);
  return {
    net,
    run,
    passes: {
      async train(how) {
        await trainStep(run, how);
      },
      async infer() {
        const logits = tidy(() => net.sequence(tensors.input).logits);
        await logits.data();
        logits.dispose();
      },
    },
    dispose() {
      dispose(tensors);
      optimizer.dispose();
      net.dispose();
    },
  };
}

/** The task with its episodes drawn beforehand, one after the other, over and over. */
function prepared(task: Task, episodes: readonly Episode[]): Task {
  let next = 0;
  const episode = (): Episode => {
    const drawn = episodes[next];
    if (drawn === undefined) throw new Error('a batch has an episode');
    next = (next + 1) % episodes.length;
    return drawn;
  };
  return { ...task, episode };
}
