import type { InitialWeighting } from '@tapehead/ntm';
import type { TaskName } from '@tapehead/tasks';
import type { Clip } from '@tapehead/training';
import type { ModelName, NetKind } from './models.js';

/** How much of the mean square gradient RMSProp keeps at an update, in Graves 2013. */
export const GRAVES_DECAY = 0.95;

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
  /** How much of the mean square gradient Graves's RMSProp keeps. */
  readonly decay: number;
  readonly clip: Clip;
  /** Where the heads start: each at rows of its own, or all at the first. */
  readonly initialWeighting: InitialWeighting;
  /** Sequences to train with where nobody says how many. */
  readonly sequences: number;
  readonly paper: { readonly learningRate: number; readonly parameters: number };
  /** Why we have not as many parameters as the paper, where that can be told. */
  readonly sizeNote?: string;
}

/** The paper, whose numbers are read off its figures, or its best public reproduction, of 2026. */
export type Source = 'paper' | 'reproduction';

/** What others have found. */
export interface Known {
  readonly source: Source;
  /** In training: after so many sequences; at the end, where that is left out. */
  readonly sequences?: number;
  /** Beyond training: at that size along that axis of the task. */
  readonly axis?: string;
  readonly at?: number;
  /** The cost of a sequence, or less than that. */
  readonly bits?: number;
  readonly below?: true;
  readonly wrongBitFraction?: number;
}

export interface TaskExperiments {
  readonly title: string;
  /** What is asked, in a sentence. */
  readonly about: string;
  /** What the paper shows beside numbers. */
  readonly shown: string;
  readonly models: Readonly<Record<ModelName, Experiment>>;
  readonly known: Readonly<Record<ModelName, readonly Known[]>>;
}

type Sizes = readonly [heads: number, controllerSize: number, layers?: number];

/** What tasks share, where nothing else is said of one. */
export const usual = {
  decay: GRAVES_DECAY,
  clip: { value: 10 },
  initialWeighting: 'scattered',
} as const satisfies Partial<Experiment>;

/** What of a cell the paper does not give, or not so that it works. */
type Trained = 'learningRate' | 'rateHalfAfter' | 'decay' | 'clip' | 'initialWeighting' | 'sizeNote';

function experiment(
  [heads, controllerSize, layers = 1]: Sizes,
  paperRate: number,
  parameters: number,
  trained: Pick<Experiment, 'sequences'> & Partial<Pick<Experiment, Trained>>,
): Experiment {
  const paper = { learningRate: paperRate, parameters };
  return { heads, controllerSize, layers, learningRate: paperRate, ...usual, ...trained, paper };
}

/** When the rate has fallen to half: see docs/recipe.md. Tasks that take longer to learn get more time at the higher rate. */
const later = 50_000;

/** For sequences long enough that some gradients are enormous: see docs/recipe.md. */
const calmly = {
  sequences: 200_000,
  learningRate: 2e-4,
  rateHalfAfter: later,
  decay: 0.99,
  clip: { norm: 10 },
} as const;
const foretold = { ...calmly, rateHalfAfter: 20_000 };

const copiedWithoutError = [10, 20, 30, 50, 120].map(
  (at): Known => ({ source: 'reproduction', axis: 'length', at, wrongBitFraction: 0 }),
);

function recalled(bits: readonly [number, number, number, number]): Known[] {
  return [6, 10, 15, 20].map((at, i) => ({ source: 'reproduction', axis: 'items', at, bits: bits[i] ?? 0 }));
}

/**
 * Graves et al. 2014, tables 1 to 3: heads, sizes, rates and numbers of parameters, N = 128 and M = 20 throughout. The
 * rates are ours where they are given beside the number of sequences, and the paper's elsewhere.
 */
export const experiments: Readonly<Record<ExperimentName, TaskExperiments>> = {
  copy: {
    title: 'Copy',
    about:
      'Random vectors of 8 bits are shown, one to twenty of them, and are wanted again in the same order.',
    shown:
      'Both machines find an algorithm that goes on beyond the lengths that were trained; the LSTM alone does not.',
    models: {
      lstm: experiment([0, 256, 3], 3e-5, 1_352_969, {
        sequences: 200_000,
        sizeNote:
          'with 10 inputs and 9 outputs it would be the paper’s, one of each more than the task needs here',
      }),
      'ntm-feedforward': experiment([1, 100], 1e-4, 17_162, {
        sequences: 100_000,
        learningRate: 2e-4,
        rateHalfAfter: 10_000,
        decay: 0.99,
      }),
      'ntm-lstm': experiment([1, 100], 1e-4, 67_561, {
        sequences: 100_000,
        learningRate: 2e-4,
        rateHalfAfter: 4_000,
        decay: 0.99,
      }),
    },
    known: {
      lstm: [
        { source: 'paper', sequences: 100_000, bits: 4.8 },
        { source: 'paper', sequences: 1_000_000, bits: 0.5 },
        { source: 'reproduction', sequences: 10_000, bits: 77.5 },
        { source: 'reproduction', sequences: 100_000, bits: 10.1 },
        { source: 'reproduction', sequences: 500_000, bits: 1.03 },
        { source: 'reproduction', axis: 'length', at: 120, wrongBitFraction: 0.48 },
      ],
      'ntm-feedforward': [
        { source: 'paper', sequences: 100_000, bits: 0.1 },
        { source: 'reproduction', sequences: 5_000, bits: 0 },
        ...copiedWithoutError,
      ],
      'ntm-lstm': [
        { source: 'paper', sequences: 100_000, bits: 0.1 },
        { source: 'reproduction', sequences: 10_000, bits: 0 },
        ...copiedWithoutError,
      ],
    },
  },
  'repeat-copy': {
    title: 'Repeat copy',
    about:
      'Vectors are shown, and how many times they are wanted again, at the end of which a marker is wanted.',
    shown:
      'The machines go on copying beyond ten vectors and ten repeats, but lose count: the end marker fails past about eleven repeats.',
    models: {
      lstm: experiment([0, 512, 3], 3e-5, 5_312_007, {
        sequences: 30_000,
        sizeNote:
          'with 8 inputs and 7 outputs it would be the paper’s, which suits vectors of 6 bits; here they have 8, as in copy',
      }),
      'ntm-feedforward': experiment([1, 100], 1e-4, 16_712, calmly),
      'ntm-lstm': experiment([1, 100], 1e-4, 66_111, {
        sequences: 200_000,
        learningRate: 2e-4,
        rateHalfAfter: later,
      }),
    },
    known: {
      lstm: [{ source: 'paper', sequences: 150_000, bits: 5 }],
      'ntm-feedforward': [{ source: 'paper', sequences: 50_000, bits: 5 }],
      'ntm-lstm': [{ source: 'paper', sequences: 50_000, bits: 5 }],
    },
  },
  'associative-recall': {
    title: 'Associative recall',
    about: 'Items of three vectors are shown, then one of them again: the item that followed it is wanted.',
    shown:
      'The machines learn it within some thirty thousand episodes and the LSTM alone does not; with a feed-forward controller it is nearly perfect at 12 items.',
    models: {
      lstm: experiment([0, 256, 3], 1e-4, 1_344_518, { sequences: 100_000 }),
      'ntm-feedforward': experiment([4, 256], 1e-4, 146_845, {
        sequences: 60_000,
        rateHalfAfter: 100_000,
        clip: { norm: 10 },
        initialWeighting: 'together',
      }),
      'ntm-lstm': experiment([1, 100], 1e-4, 70_330, {
        sequences: 40_000,
        learningRate: 2e-4,
        rateHalfAfter: later,
        initialWeighting: 'together',
      }),
    },
    known: {
      lstm: [{ source: 'reproduction', bits: 6.6 }, ...recalled([15.05, 18.43, 19.39, 20.34])],
      'ntm-feedforward': [
        { source: 'paper', sequences: 30_000, bits: 0 },
        { source: 'reproduction', sequences: 39_000, bits: 0.05, below: true },
        { source: 'paper', axis: 'items', at: 15, bits: 1, below: true },
        ...recalled([0, 0, 0.1, 2.33]),
      ],
      'ntm-lstm': [
        { source: 'paper', sequences: 30_000, bits: 0 },
        { source: 'reproduction', sequences: 22_000, bits: 0.05, below: true },
        ...recalled([0, 0, 0, 0.97]),
      ],
    },
  },
  ngrams: {
    title: 'Dynamic n-grams',
    about:
      'Two hundred bits come from a table of 32 probabilities, a new one each time: the next bit is to be foretold.',
    shown: 'The machines come a little nearer to the best possible estimate than the LSTM alone does.',
    models: {
      lstm: experiment([0, 128, 3], 1e-4, 331_905, { sequences: 100_000 }),
      'ntm-feedforward': experiment([1, 100], 3e-5, 14_656, foretold),
      'ntm-lstm': experiment([1, 100], 3e-5, 61_749, { ...foretold, sequences: 100_000 }),
    },
    known: {
      lstm: [{ source: 'paper', bits: 136 }],
      'ntm-feedforward': [{ source: 'paper', bits: 134 }],
      'ntm-lstm': [{ source: 'paper', bits: 134 }],
    },
  },
  'priority-sort': {
    title: 'Priority sort',
    about:
      'Twenty vectors are shown with a priority each: the sixteen of the highest are wanted, highest first.',
    shown: 'Both machines do far better than the LSTM alone, with several heads each.',
    models: {
      lstm: experiment([0, 128, 3], 3e-5, 384_424, {
        sequences: 100_000,
        sizeNote:
          'no number of inputs and outputs gives the paper’s 384,424; it may be a slip for 348,424, which are ours',
      }),
      'ntm-feedforward': experiment([8, 512], 3e-5, 508_305, {
        sequences: 200_000,
        learningRate: 1e-4,
        rateHalfAfter: later,
      }),
      'ntm-lstm': experiment([5, 100, 2], 3e-5, 269_038, calmly),
    },
    known: {
      lstm: [{ source: 'paper', sequences: 1_000_000, bits: 58 }],
      'ntm-feedforward': [{ source: 'paper', sequences: 1_000_000, bits: 20 }],
      'ntm-lstm': [{ source: 'paper', sequences: 1_000_000, bits: 18 }],
    },
  },
};

export type ExperimentName = 'copy' | 'repeat-copy' | 'associative-recall' | 'ngrams' | 'priority-sort';

/** The experiment of a task with a model; nothing for a task that is not the paper's. */
export function experimentOf(task: TaskName | string, model: NetKind): Experiment | undefined {
  return isExperiment(task) && model !== 'own' ? experiments[task].models[model] : undefined;
}

export function isExperiment(task: string): task is ExperimentName {
  return Object.hasOwn(experiments, task);
}
