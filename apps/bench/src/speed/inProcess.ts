import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Task } from '@tapehead/tasks';
import { profile } from '@tensorflow/tfjs-core';
import type { Contestant } from './contest.js';
import type { Entrant } from './nets/index.js';
import { episodesOf, type ModelPass, passesOf } from './passes.js';
import { type Clock, type Span, timesOf } from './stopwatch.js';

/** What is timed of a net: passes, and of two of them the time within kernels of these packages. */
export const netPasses = ['train', 'gradient', 'infer', 'gradientKernels', 'inferKernels'] as const;
export type NetPass = (typeof netPasses)[number];

/** What a run's time is: that of a clock on the wall, or what the process took of the processor. */
export type ClockName = 'wall' | 'processor';

const clocks: Readonly<Record<ClockName, Clock>> = {
  wall: () => performance.now(),
  processor() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** The pass that each runs, and what of its time counts. */
const timed: Readonly<Record<NetPass, { readonly runs: ModelPass; readonly only?: 'kernels' }>> = {
  train: { runs: 'train' },
  gradient: { runs: 'gradient' },
  infer: { runs: 'infer' },
  gradientKernels: { runs: 'gradient', only: 'kernels' },
  inferKernels: { runs: 'infer', only: 'kernels' },
};

/** An entrant at one batch, timed in this process. */
export function inProcess(
  name: string,
  { model, isSlow = false, hasKernels = false }: Entrant,
  task: Task,
  batch: number,
  length: number,
  clock: ClockName,
): Contestant<NetPass> {
  const made = passesOf(model, task, episodesOf(task, batch, length));
  return {
    name,
    isSlow,
    async times(pass, span) {
      const { runs, only } = timed[pass];
      if (only === 'kernels' && !hasKernels) return [];
      collectGarbage();
      const work = () => made.passes[runs]();
      return only === 'kernels' ? kernelTimes(work, span) : timesOf(work, span, clocks[clock]);
    },
    async end() {
      made.dispose();
      model.dispose();
    },
  };
}

/** Milliseconds of each run within the kernels of these packages. */
async function kernelTimes(work: () => Promise<void>, { seconds, least }: Span): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < least || performance.now() < end) times.push(await kernelTime(work));
  return times;
}

async function kernelTime(work: () => Promise<void>): Promise<number> {
  const { kernels } = await profile(async () => {
    await work();
    return [];
  });
  const own = kernels.filter(({ name }) => name.startsWith('Tapehead'));
  const times = await Promise.all(own.map(({ kernelTimeMs }) => kernelTimeMs));
  return times.reduce<number>((sum, each) => sum + (typeof each === 'number' ? each : Number.NaN), 0);
}

let collect: (() => void) | undefined;

/** So that no program pays for the garbage of the one before. */
function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc');
  }
  collect?.();
}
