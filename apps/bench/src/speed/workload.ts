import { type Engine, NTM } from '@tapehead/ntm';
import { copy } from '@tapehead/tasks';
import type { Run, StepOptions } from '@tapehead/training';
import { episodesOf, passesOf } from './passes.js';

/** The paper's network for copy: one read and one write head, a memory of N = 128 and M = 20. */
export const paper = {
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

/** The passes of {@link passesOf} for the paper's network. */
export function createWorkload({ controller, engine, batch, length }: Work): Workload {
  const task = copy({ width: 8 });
  const { inputSize, outputSize } = task;
  const net = NTM.build({ ...paper, inputSize, outputSize, controller, engine });
  const { run, passes, dispose } = passesOf(net, task, episodesOf(task, batch, length));
  return {
    net,
    run,
    passes,
    dispose() {
      dispose();
      net.dispose();
    },
  };
}
