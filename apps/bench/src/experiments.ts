import type { TaskName } from '@tapehead/tasks';
import type { ModelName } from './models.js';

/** One cell of the paper's tables 1 to 3: a net for a task, and how it is trained here. */
export interface Experiment {
  /** Width of a controller layer; of a layer, for the LSTM alone. */
  readonly controllerSize: number;
  readonly layers: number;
  /** Read heads, and as many write heads; 0 for the LSTM alone. */
  readonly heads: number;
  readonly learningRate: number;
  /** Updates after which the rate has fallen to half; the rate stays as it is where this is left out. */
  readonly rateHalfAfter?: number;
  /** Sequences to train with where nobody says how many. */
  readonly sequences: number;
  readonly paper: { readonly learningRate: number; readonly parameters: number };
}

/** What is known of a task from the paper, and from its best public reproduction where there is one. */
export interface TaskExperiments {
  readonly title: string;
  readonly models: Readonly<Record<ModelName, Experiment>>;
}

type Sizes = readonly [heads: number, controllerSize: number, layers?: number];

function experiment(
  [heads, controllerSize, layers = 1]: Sizes,
  paperRate: number,
  parameters: number,
  trained: Pick<Experiment, 'sequences'> & Partial<Pick<Experiment, 'learningRate' | 'rateHalfAfter'>>,
): Experiment {
  const paper = { learningRate: paperRate, parameters };
  return { heads, controllerSize, layers, learningRate: paperRate, ...trained, paper };
}

/** Copy's own schedule, see docs/recipe.md; tasks that take longer to learn get the more time at the higher rate. */
const [soon, later] = [10_000, 50_000];

/**
 * Graves et al. 2014, tables 1 to 3: heads, sizes, rates and numbers of parameters, N = 128 and M = 20 throughout. The
 * rates are ours where they are given beside the number of sequences, and the paper's elsewhere.
 */
export const experiments: Readonly<Record<ExperimentName, TaskExperiments>> = {
  copy: {
    title: 'Copy',
    models: {
      lstm: experiment([0, 256, 3], 3e-5, 1_352_969, { sequences: 200_000 }),
      'ntm-feedforward': experiment([1, 100], 1e-4, 17_162, {
        sequences: 100_000,
        learningRate: 2e-4,
        rateHalfAfter: soon,
      }),
      'ntm-lstm': experiment([1, 100], 1e-4, 67_561, {
        sequences: 100_000,
        learningRate: 2e-4,
        rateHalfAfter: soon,
      }),
    },
  },
  'repeat-copy': {
    title: 'Repeat copy',
    models: {
      lstm: experiment([0, 512, 3], 3e-5, 5_312_007, { sequences: 30_000 }),
      'ntm-feedforward': experiment([1, 100], 1e-4, 16_712, {
        sequences: 200_000,
        learningRate: 2e-4,
        rateHalfAfter: later,
      }),
      'ntm-lstm': experiment([1, 100], 1e-4, 66_111, {
        sequences: 200_000,
        learningRate: 2e-4,
        rateHalfAfter: later,
      }),
    },
  },
  'associative-recall': {
    title: 'Associative recall',
    models: {
      lstm: experiment([0, 256, 3], 1e-4, 1_344_518, { sequences: 100_000 }),
      'ntm-feedforward': experiment([4, 256], 1e-4, 146_845, {
        sequences: 100_000,
        learningRate: 2e-4,
        rateHalfAfter: later,
      }),
      'ntm-lstm': experiment([1, 100], 1e-4, 70_330, {
        sequences: 100_000,
        learningRate: 2e-4,
        rateHalfAfter: later,
      }),
    },
  },
  ngrams: {
    title: 'Dynamic n-grams',
    models: {
      lstm: experiment([0, 128, 3], 1e-4, 331_905, { sequences: 100_000 }),
      'ntm-feedforward': experiment([1, 100], 3e-5, 14_656, { sequences: 200_000 }),
      'ntm-lstm': experiment([1, 100], 3e-5, 61_749, { sequences: 200_000 }),
    },
  },
  'priority-sort': {
    title: 'Priority sort',
    models: {
      lstm: experiment([0, 128, 3], 3e-5, 384_424, { sequences: 100_000 }),
      'ntm-feedforward': experiment([8, 512], 3e-5, 508_305, { sequences: 200_000 }),
      'ntm-lstm': experiment([5, 100, 2], 3e-5, 269_038, { sequences: 200_000 }),
    },
  },
};

export type ExperimentName = 'copy' | 'repeat-copy' | 'associative-recall' | 'ngrams' | 'priority-sort';

/** The experiment of a task with a model; nothing for a task that is not the paper's. */
export function experimentOf(task: TaskName | string, model: ModelName): Experiment | undefined {
  return isExperiment(task) ? experiments[task].models[model] : undefined;
}

export function isExperiment(task: string): task is ExperimentName {
  return Object.hasOwn(experiments, task);
}
