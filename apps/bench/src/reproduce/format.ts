import { z } from 'zod';
import { outputActivations } from '../costs.js';
import type { Wrong } from '../evaluation.js';
import { GRAVES_DECAY } from '../experiments.js';
import { netKinds } from '../models.js';
import { paper } from '../recipe.js';

/** What the files of an experiment hold. They are read long after they were written: fields are added, none changed. */
export const FORMAT = 1;

const count = z.int().min(0);
const clip = z.union([
  z.literal('none'),
  z.strictObject({ norm: z.number() }),
  z.strictObject({ value: z.number() }),
]);

export const recipeSchema = z.object({
  model: z.enum(netKinds),
  controllerSize: count,
  layers: count,
  heads: count,
  readHeads: count.optional(),
  writeHeads: count.optional(),
  shifts: count.default(paper.shifts),
  memorySize: count,
  memoryDim: count,
  initialMemory: z.enum(['constant', 'random', 'learned']),
  initialShift: z.enum(['onward', 'even']).default('onward'),
  initialWeighting: z.enum(['scattered', 'together', 'zero']).default('scattered'),
  optimizer: z.enum(['graves', 'adam']),
  learningRate: z.number(),
  rateHalfAfter: z.number().optional(),
  decay: z.number().default(GRAVES_DECAY),
  clip,
  objective: z.enum(['mean', 'sum']),
  cost: z.string().optional(),
  outputActivation: z.enum(outputActivations).optional(),
  batch: count,
  seed: count,
});

export const machineSchema = z.object({
  cpu: z.string(),
  cores: count,
  platform: z.string(),
  node: z.string(),
});

/** One time that a run was begun or gone on with. */
export const sittingSchema = z.object({
  /** Sequences that it had. */
  from: count,
  /** ISO 8601. */
  began: z.string(),
  command: z.string(),
  /** Of the program; `null` where it runs from no repository. `+` at the end: with changes that were not committed. */
  commit: z.string().nullable(),
  machine: machineSchema,
  backend: z.string(),
  /** `own`: of the model of a module, which does not tell. */
  engine: z.enum(['fused', 'reference', 'own']),
  /** Runs side by side. */
  jobs: count,
});
export type Sitting = z.infer<typeof sittingSchema>;

/** `run.json`: what a run is. Written before its first sequence, and at each sitting. */
export const runSchema = z.object({
  format: z.literal(FORMAT),
  /** What its answers cost. */
  cost: z
    .object({ name: z.string(), unit: z.string() })
    .default({ name: 'sigmoid-cross-entropy', unit: 'bits' }),
  /** The mean of 1,000 sequences under which it is solved, where there is one. */
  solvedBelow: z.number().optional(),
  task: z.object({
    name: z.string(),
    settings: z.record(z.string(), z.unknown()),
    /** Of a task from a module: its path from the folder of the run, and its digest. */
    module: z.string().optional(),
    digest: z.string().optional(),
  }),
  recipe: recipeSchema,
  /** Numbers that training changes. */
  parameters: count,
  /** Sequences to train with in all. */
  target: count,
  sittings: z.array(sittingSchema),
});
export type RunFile = z.infer<typeof runSchema>;

/** `progress.json`: how far a run is. Written after each checkpoint. */
export const progressSchema = z.object({
  sequences: count,
  /** Of training, all sittings together. */
  seconds: z.number(),
  /** Why it cannot go on, where it cannot. */
  failure: z.string().optional(),
  /** Why its last sitting could not begin: its checkpoint is damaged, or missing. */
  broken: z.string().optional(),
});
export type RunProgress = z.infer<typeof progressSchema>;

/** A line of `curve.jsonl`: the mean cost of the last 100 sequences, every 100 sequences; `bits` where it is in bits. */
export const pointSchema = z
  .object({ sequences: count, bits: z.number().optional(), cost: z.number().optional(), seconds: z.number() })
  .transform(({ bits = Number.NaN, cost = bits, ...point }) => ({ ...point, cost }));
export type Point = z.infer<typeof pointSchema>;

export function storedPoint({ cost, ...point }: Point, unit: string): object {
  return { ...point, ...(unit === 'bits' ? { bits: cost } : { cost }) };
}

/** How a net does on fresh sequences of one kind, as it is written: the first three where the cost is in bits. */
const measured = {
  sequences: count,
  /** The mean cost. */
  bitsPerSequence: z.number().optional(),
  /** Of all sequences together. */
  wrongBits: count.optional(),
  /** Of all bits that count. */
  wrongBitFraction: z.number().optional(),
  /** The mean, in the unit of the run's cost. */
  cost: z.number().optional(),
  wrongClasses: count.optional(),
  wrongClassFraction: z.number().optional(),
};
type WrittenMeasure = z.infer<z.ZodObject<typeof measured>>;

/** How a net does on fresh sequences of one kind. */
export interface StoredMeasure {
  sequences: number;
  /** The mean, in the unit of the run's cost. */
  cost: number;
  wrong?: Wrong;
}

const measureSchema = z.object(measured).transform(measureOf);
/** The same at a size of the task. */
const pointAtSchema = z
  .object({ ...measured, at: z.number() })
  .transform(({ at, ...rest }) => ({ at, ...measureOf(rest) }));

function measureOf({
  sequences,
  bitsPerSequence = Number.NaN,
  cost = bitsPerSequence,
  ...counted
}: WrittenMeasure): StoredMeasure {
  const { wrongBits, wrongBitFraction, wrongClasses, wrongClassFraction } = counted;
  const bits = wrongOf('bits', wrongBits, wrongBitFraction);
  const wrong = bits ?? wrongOf('classes', wrongClasses, wrongClassFraction);
  return { sequences, cost, ...(wrong && { wrong }) };
}

function wrongOf(of: Wrong['of'], count?: number, fraction?: number): Wrong | undefined {
  return count === undefined || fraction === undefined ? undefined : { of, count, fraction };
}

export function storedMeasure({ sequences, cost, wrong }: StoredMeasure, unit: string): object {
  const { count, fraction } = wrong ?? {};
  const counted = {
    bits: { wrongBits: count, wrongBitFraction: fraction },
    classes: { wrongClasses: count, wrongClassFraction: fraction },
  };
  return {
    sequences,
    ...(unit === 'bits' ? { bitsPerSequence: cost } : { cost }),
    ...(wrong && counted[wrong.of]),
  };
}

/** `evaluation.json`: how a net does after so many sequences of training. */
export const evaluationSchema = z.object({
  /** Of training. */
  after: count,
  /** Of the fresh sequences. */
  seed: count,
  /** Drawn as in training. */
  trained: measureSchema,
  /** The mean cost of the best estimate there is, on the same sequences, where the task has one. */
  optimalBits: z.number().optional(),
  /** The same net with more rows than in training, where its task takes a row for each vector. */
  largerTape: z
    .object({
      memorySize: count,
      axis: z.string(),
      unit: z.string(),
      points: z.array(pointAtSchema),
    })
    .optional(),
  axes: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      trained: z.object({ least: z.number(), most: z.number() }),
      points: z.array(pointAtSchema),
    }),
  ),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

export function storedEvaluation(evaluation: Evaluation, unit: string): object {
  const { trained, axes, largerTape } = evaluation;
  const stored = <P extends { points: Evaluation['axes'][number]['points'] }>({ points, ...axis }: P) => ({
    ...axis,
    points: points.map(({ at, ...measure }) => ({ at, ...storedMeasure(measure, unit) })),
  });
  return {
    ...evaluation,
    trained: storedMeasure(trained, unit),
    ...(largerTape && { largerTape: stored(largerTape) }),
    axes: axes.map(stored),
  };
}
