import type { BackendName } from '@tapehead/backend';
import { experiments } from '@tapehead/bench/experiments';
import type { TaskName } from '@tapehead/tasks';

export const controllers = ['feedforward', 'lstm'] as const;
export const backends = ['wasm', 'webgpu', 'cpu'] as const satisfies readonly BackendName[];

/** All that decides a training run; the same settings, the same run. */
export interface RunSettings {
  readonly task: TaskName;
  /** Settings of the task that differ from its own. */
  readonly taskSettings: Readonly<Record<string, number>>;
  readonly controller: (typeof controllers)[number];
  readonly controllerSize: number;
  readonly layers: number;
  /** Read heads, and as many write heads. */
  readonly heads: number;
  /** N */
  readonly memorySize: number;
  /** M */
  readonly memoryDim: number;
  readonly learningRate: number;
  /** Updates after which the rate has fallen to half. */
  readonly rateHalfAfter: number;
  /** How much of the mean square gradient RMSProp keeps. */
  readonly decay: number;
  /** Sequences an update. */
  readonly batch: number;
  readonly seed: number;
  readonly backend: (typeof backends)[number];
}

/** The controller and the seed that each task begins with: those that learn it soonest, or best. */
const chosen = {
  copy: { controller: 'feedforward', seed: 4 },
  'repeat-copy': { controller: 'lstm', seed: 1 },
  'associative-recall': { controller: 'lstm', seed: 1 },
  ngrams: { controller: 'feedforward', seed: 1 },
  'priority-sort': { controller: 'lstm', seed: 1 },
} as const satisfies Record<TaskName, Pick<RunSettings, 'controller' | 'seed'>>;

/** Where a run begins for a task of which nothing else was said: the net and the rates of `tapehead train`. */
export function defaultsFor(task: TaskName): RunSettings {
  const { controller, seed } = chosen[task];
  const {
    controllerSize,
    layers,
    heads,
    learningRate,
    // A rate that stays as it is.
    rateHalfAfter = 1e9,
    decay,
  } = experiments[task].models[`ntm-${controller}`];
  return {
    task,
    taskSettings: {},
    controller,
    controllerSize,
    layers,
    heads,
    memorySize: 128,
    memoryDim: 20,
    learningRate,
    rateHalfAfter,
    decay,
    batch: 1,
    seed,
    backend: 'wasm',
  };
}

/** What the page begins with. */
export const copyRun: RunSettings = defaultsFor('copy');
