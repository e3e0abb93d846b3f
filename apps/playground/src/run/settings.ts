import type { BackendName } from '@tapehead/backend';
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
  /** Sequences an update. */
  readonly batch: number;
  readonly seed: number;
  readonly backend: BackendName;
}

/** The paper's net for copy and the recipe of docs/recipe.md, with the controller that learns soonest. */
export const copyRun: RunSettings = {
  task: 'copy',
  taskSettings: {},
  controller: 'feedforward',
  controllerSize: 100,
  layers: 1,
  heads: 1,
  memorySize: 128,
  memoryDim: 20,
  learningRate: 2e-4,
  rateHalfAfter: 10_000,
  batch: 1,
  seed: 6,
  backend: 'wasm',
};

/** What differs from it for the other tasks: the paper's heads and sizes, but for sort, whose net would be too large. */
const others: Readonly<Partial<Record<TaskName, Partial<RunSettings>>>> = {
  'repeat-copy': { rateHalfAfter: 50_000, seed: 1 },
  'associative-recall': { controller: 'lstm', rateHalfAfter: 50_000, seed: 1 },
  ngrams: { learningRate: 1e-4, rateHalfAfter: 50_000, seed: 1 },
  'priority-sort': { heads: 4, controllerSize: 128, learningRate: 1e-4, rateHalfAfter: 50_000, seed: 1 },
};

/** Where a run begins for a task of which nothing else was said. */
export function defaultsFor(task: TaskName): RunSettings {
  return { ...copyRun, ...others[task], task };
}
