import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { floatsOf } from '@tapehead/core';
import { copy, createRandom, type Episode } from '@tapehead/tasks';
import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  numbers,
  odds,
  onEachEngine,
  oneOf,
  sizes,
  tensorsIn,
  testEveryExport,
  value,
} from '@tapehead/testing';
import {
  add,
  dispose,
  maximum,
  minimum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll } from 'vitest';
import type { AdamSettings } from './adam.js';
import { registerFused } from './fused.js';
import type { GravesMoments, GravesSettings } from './gravesStep.js';
import * as index from './index.js';
import {
  type AverageSettings,
  adam,
  averagedParameters,
  type CostOptions,
  captureState,
  clipByGlobalNorm,
  clipByValue,
  costNamed,
  costNames,
  createRun,
  customCost,
  decodeCheckpoint,
  decodeSafetensors,
  type EvaluateOptions,
  encodeCheckpoint,
  encodeSafetensors,
  evaluate,
  globalNorm,
  gravesRmsProp,
  gravesStep,
  isSolved,
  meanCost,
  type ResumeOptions,
  type Run,
  type RunOptions,
  rateFactor,
  restoreParameters,
  restoreState,
  resumeRun,
  type Safetensors,
  type Schedule,
  type SequenceModel,
  type StepOptions,
  type TrainingState,
  type TrainOptions,
  train,
  trainStep,
  weightAverage,
  withAverage,
} from './index.js';
import * as node from './node.js';
import { loadCheckpoint, removeLeftovers, replaceFile, saveCheckpoint } from './node.js';
import { kernelNames } from './testing/kernelNames.js';
import { mutated } from './testing/mutations.js';
import { tinyModel } from './testing/tinyModel.js';
import * as workers from './workers.js';
import { createPool, type PoolOptions, type ServeOptions, serve } from './workers.js';

const task = copy({ width: 2, maxLength: 3 });
type Gradients = Parameters<typeof globalNorm>[0];

let folder = '';
let state: TrainingState;
let bytes: Uint8Array = new Uint8Array();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapehead-fuzz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A state after two steps, and its file. */
async function prepare(): Promise<void> {
  const [model, optimizer] = [tinyModel(task), gravesRmsProp()];
  const run = createRun({ model, task, optimizer, batchSize: 2, seed: 7 });
  for (let i = 0; i < 2; i++) await trainStep(run);
  state = await captureState(run);
  bytes = encodeCheckpoint(state);
  optimizer.dispose();
  dispose({ ...model.parameters });
}

/** What is given, with one field, or a field of a field, another value. */
const changed = (given: Given, path: readonly string[], odd: Given): Given =>
  value(
    `${given.text} with ${path.join('.')} ${odd.text}`,
    () => {
      const own = given.make();
      const made = withField(own, path, odd.make());
      const kept = new Set(tensorsIn(made));
      replaced.push(...tensorsIn(own).filter((tensor) => !kept.has(tensor)));
      return made;
    },
    given.plain && odd.plain,
  );

/** What the changed fields held: the model may still compute with it. `settled` disposes it. */
const replaced: Tensor[] = [];

function withField(given: unknown, [name, ...rest]: readonly string[], odd: unknown): unknown {
  if (name === undefined) return odd;
  const own: object = Object(given);
  const copied: object = Array.isArray(own)
    ? own.slice()
    : Object.create(Object.getPrototypeOf(own), Object.getOwnPropertyDescriptors(own));
  Object.defineProperty(copied, name, {
    value: withField(Reflect.get(own, name), rest, odd),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copied;
}

const disturbances = fc.oneof(
  odds,
  oneOf(0, -1, 1.5, 2, Number.POSITIVE_INFINITY, '', 'copy', [1, 2, 3, 4], [Number.NaN]),
);

/** What is given in most cases; else with one of the fields changed, or another thing. */
const near = (given: Given, paths: readonly string[]): fc.Arbitrary<Given> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(given) },
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.constantFrom(...paths), disturbances)
        .map(([path, odd]) => changed(given, path.split('.'), odd)),
    },
    { weight: 1, arbitrary: odds },
  );

const modelGiven = value('a model', () => tinyModel(task));
const models = fc.oneof(
  near(modelGiven, [
    'parameters',
    'parameters.kernel',
    'trainable',
    'trainable.kernel',
    'config',
    'sequence',
    'differentiate',
  ]),
  oneOf({ parameters: {}, sequence: () => 1 }, { parameters: {}, trainable: {}, sequence: () => 1 }),
  fc.constant(
    value('a model of no logits', () => ({
      parameters: { a: tidy(() => variable(zeros([1]))) },
      sequence: () => ({ logits: 3 }),
    })),
  ),
);
const tasks = near(
  value('a task', () => task),
  ['name', 'inputSize', 'outputSize', 'settings', 'episode', 'axes'],
);
const optimizerGivens = [value('gravesRmsProp()', () => gravesRmsProp()), value('adam()', () => adam())];
const optimizers = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...optimizerGivens) },
  { weight: 1, arbitrary: fc.oneof(odds, oneOf({}, { applyGradients: 1 }, { applyGradients: () => 1 })) },
);
const clips = fc.oneof(
  oneOf(
    'none',
    { norm: 1 },
    { value: 0.1 },
    { norm: 1, value: 1 },
    {},
    { norm: 0 },
    { value: Number.NaN },
    'norm',
  ),
  odds,
);
const costNamesGiven = oneOf(...costNames, 'bits', 'mean-absolute-error', undefined);
const costs = fc.oneof(
  oneOf(...costNames.map(costNamed)),
  near(
    value('a cost', () => ({ ...costNamed('mean-squared-error'), name: 'mine' })),
    ['name', 'unit', 'takes', 'targets', 'fits', 'over', 'solvedBelow', 'perUnit', 'of', 'scaled'],
  ),
);
const costOptions = fc.oneof(
  fields({
    name: oneOf('mine', 'yours'),
    unit: oneOf('metres'),
    of: oneOf(costNamed('mean-squared-error').of),
  }),
  fields({
    name: fc.oneof(costNamesGiven, odds),
    unit: fc.oneof(oneOf('metres'), odds),
    of: fc.oneof(
      oneOf(() => 1),
      odds,
    ),
    takes: fc.oneof(oneOf('logits', 'output'), odds),
    targets: fc.oneof(oneOf('bits', 'classes', 'numbers'), odds),
    fits: fc.oneof(oneOf(['linear'], []), odds),
    over: fc.oneof(oneOf('sequences', 'steps', 'numbers'), odds),
    solvedBelow: fc.oneof(oneOf(0, -1), odds),
  }),
  odds,
);

const schedules = fc.oneof(
  oneOf(
    { kind: 'constant' },
    { kind: 'constant', warmUp: 3 },
    { kind: 'cosine', updates: 4, to: 0.1 },
    { kind: 'linear', updates: 0, to: 0.1 },
    { kind: 'step', every: 2, factor: 0.5 },
    { kind: 'step', updates: 2 },
    { kind: 'sine' },
    () => 1,
    () => 0,
    () => 'fast',
  ),
  odds,
);
const starts = fc.oneof(
  oneOf(
    undefined,
    {},
    { h: { shape: [2, 1], values: new Float32Array(2) } },
    { h: { shape: [1, 1], values: new Float32Array(1) } },
    { h: [3] },
  ),
  odds,
);

const runOptions = fc.oneof(
  fields({
    model: fc.constant(modelGiven),
    task: fc.constant(value('a task', () => task)),
    optimizer: fc.constantFrom(...optimizerGivens),
  }),
  fields({ model: models, task: tasks, optimizer: optimizers }),
  fields({
    model: fc.constant(modelGiven),
    task: fc.constant(value('a task', () => task)),
    optimizer: fc.constantFrom(...optimizerGivens),
    batchSize: sizes(1, 2),
    clip: clips,
    objective: fc.oneof(oneOf('mean', 'sum'), odds),
    cost: costs,
    accumulate: fc.oneof(oneOf(1, 2, 3), odds),
    schedule: schedules,
    average: fc.oneof(oneOf(undefined), odds),
    carry: fc.oneof(oneOf('nothing', 'state'), odds),
    state: starts,
    seed: sizes(0, 1),
  }),
);
const runNames = [
  'createRun',
  'run',
  'state',
  'model',
  'task',
  'optimizer',
  'batchSize',
  'clip',
  'objective',
  'cost',
  'accumulate',
  'schedule',
  'average',
  'carry',
  'seed',
  'episode',
];

const runGiven = value('a run', () =>
  createRun({ model: tinyModel(task), task, optimizer: gravesRmsProp(), batchSize: 2, seed: 7 }),
);
const runs = near(runGiven, [
  'model',
  'model.parameters',
  'model.parameters.kernel',
  'model.trainable',
  'model.sequence',
  'task',
  'task.episode',
  'task.inputSize',
  'optimizer',
  'batchSize',
  'clip',
  'objective',
  'cost',
  'accumulate',
  'schedule',
  'average',
  'carry',
  'state',
  'carried',
  'step',
  'sequences',
  'random',
  'costs',
]);
const states = near(
  value('a state', () => structuredClone(state)),
  [
    'model',
    'model.inputSize',
    'task',
    'task.name',
    'task.settings',
    'task.settings.width',
    'parameters',
    'parameters.kernel',
    'parameters.kernel.shape',
    'parameters.kernel.values',
    'optimizer',
    'optimizer.className',
    'optimizer.config',
    'optimizer.config.learningRate',
    'optimizer.weights',
    'optimizer.weights.0',
    'optimizer.weights.1.name',
    'optimizer.weights.1.values',
    'batchSize',
    'clip',
    'objective',
    'cost',
    'cost.name',
    'cost.unit',
    'accumulate',
    'schedule',
    'average',
    'carry',
    'state',
    'step',
    'sequences',
    'random',
    'costs',
  ],
);
const checkpointNames = ['checkpoint', 'task', 'copy', ...runNames];

/** Disposes what a run made beside what it was given, and gives what it learned. */
async function settled<T>(optimizer: { dispose?: unknown } | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    if (typeof optimizer?.dispose === 'function') Reflect.apply(optimizer.dispose, optimizer, []);
    for (const tensor of replaced.splice(0)) tensor.dispose();
  }
}

const bytesGiven = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.gen().map((draw) => {
      const mutation = mutated(draw, bytes);
      return value(`${mutation.kind} ${mutation.what}`, () => mutation.bytes);
    }),
  },
  { weight: 1, arbitrary: fc.constant(value('the file', () => bytes)) },
  { weight: 1, arbitrary: fc.constant(value('its buffer', () => bytes.slice().buffer)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 64 }).map((all) => value(String(all), () => all)) },
  { weight: 1, arbitrary: odds },
);

const learning = { learningRate: sizes(1e-4, 0.1), epsilon: sizes(1e-4, 1) };
const graves = { ...learning, halfAfter: sizes(10, 1000), decay: sizes(0.9, 0), momentum: sizes(0.9, 0) };
const gradients = fields({ a: argument([2, 3], -1), b: argument([3], -1), c: oneOf(null, undefined) });

/** The formula by tfjs ops, of what the function itself takes. */
const checkedFirst =
  (call: (...args: never[]) => unknown, reference: (all: Tensor[], limit: number) => unknown) =>
  (given: Gradients, limit: number): unknown => {
    const made = Reflect.apply(call, undefined, [given, limit]);
    dispose(made);
    return tidy(() => {
      const all = Object.values(given)
        .filter((each) => each !== null && each !== undefined)
        .map((each) => mul(floatsOf('g', each), 1));
      return Object(reference(all, limit));
    });
  };
const normOfAll = (all: readonly Tensor[]): Tensor =>
  sqrt(all.reduce<Tensor>((total, each) => add(total, sum(square(each))), zeros([])));

/** As `settled` of the run's own optimizer, which may be anything. */
const ofRun =
  <Rest extends unknown[], T>(work: (run: Run, ...rest: Rest) => Promise<T>) =>
  (run: Run, ...rest: Rest): Promise<T> =>
    settled(Object(run).optimizer, () => work(run, ...rest));

async function resumed(options: ResumeOptions): Promise<void> {
  await settled(Object(options).optimizer, async () => {
    const run = await resumeRun(options);
    await settled(run.optimizer, () => trainStep(run));
  });
}

async function events(run: Run, options?: TrainOptions): Promise<number[]> {
  const costs: number[] = [];
  for await (const { cost } of train(run, options)) if (costs.push(cost) === 3) break;
  return costs;
}

const paths = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      value('a file', () => join(folder, 'a.safetensors')),
      value('the URL of a file', () => pathToFileURL(join(folder, 'b.safetensors'))),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      value('a folder', () => folder),
      value('a missing folder', () => join(folder, 'none', 'c')),
      value('a file as a folder', () => join(folder, 'a.safetensors', 'd')),
      value('a long name', () => join(folder, 'x'.repeat(300))),
      value('a control character', () => join(folder, 'none\u0007', 'e')),
      value('a page', () => new URL('https://example.com/a')),
      value('a URL of another machine', () => new URL('file://elsewhere/a')),
      value('an empty name', () => ''),
      value('a zero', () => join(folder, 'a\0')),
    ),
  },
  // '3' is a name of a file.
  { weight: 1, arbitrary: odds.filter(({ text }) => text !== "'3'") },
);
const pathNames = ['path', 'checkpoint', tmpdir(), 'data'];

const stepOptions = fc.oneof(
  { weight: 3, arbitrary: oneOf(undefined, {}, { pol: 1 }, { pool: {} }, { pool: { gradientsOf: 1 } }) },
  { weight: 1, arbitrary: odds },
);
const trainOptions = fc.oneof(
  fields({ sequences: sizes(2, 4) }),
  fields({
    until: fc.oneof(
      oneOf('sequences', 'solved', 'never', { costBelow: 1 }, { costBelow: 1, over: 0 }, { costbelow: 1 }),
      odds,
    ),
    breatheEvery: sizes(1, 16),
  }),
  fields({ signal: fc.oneof(oneOf(undefined, AbortSignal.abort(), { aborted: 1 }), odds) }),
  stepOptions,
);

/** A worker that never answers. */
const silent = { postMessage: () => {}, terminate: async () => 0, on: () => {}, unref: () => {} };
const poolOptions = fc.oneof(
  fields({ model: fc.constant(modelGiven), threads: sizes(1), worker: oneOf(() => silent) }),
  fields({ model: models, threads: oneOf(1), worker: oneOf(() => silent) }),
  fields({
    model: fc.constant(modelGiven),
    threads: oneOf(1, 2, 3),
    worker: fc.oneof(
      oneOf(
        () => silent,
        () => 3,
        () => {
          throw new Error('no such file');
        },
        () => ({ ...silent, on: 1 }),
      ),
      odds,
    ),
    config: fc.oneof(oneOf({}), odds),
    timeout: fc.oneof(oneOf(1, 2), sizes(1, 2)),
  }),
);

const safetensors = near(
  value('safetensors', () => ({
    metadata: { a: 'b' },
    tensors: new Map([['x', { shape: [2], values: Float32Array.of(1, 2) }]]),
  })),
  ['metadata', 'metadata.a', 'tensors'],
);

onEachEngine('whatever training is called with', { registerFused, kernelNames }, () => {
  beforeAll(prepare);

  fuzz({
    globalNorm: {
      names: ['gradients'],
      args: fc.tuple(gradients),
      call: globalNorm,
      same: checkedFirst(globalNorm, normOfAll),
    },
    clipByGlobalNorm: {
      names: ['gradients', 'limit'],
      args: fc.tuple(gradients, sizes(0.5, 1, 100)),
      call: clipByGlobalNorm,
      same: checkedFirst(clipByGlobalNorm, (all, limit) => {
        const norm = normOfAll(all);
        return all.map((each) => mul(each, limit / Math.max(norm.dataSync()[0] ?? 0, limit)));
      }),
    },
    clipByValue: {
      names: ['gradients', 'limit'],
      args: fc.tuple(gradients, sizes(0.5, 1, 100)),
      call: clipByValue,
      same: checkedFirst(clipByValue, (all, limit) =>
        all.map((each) => minimum(maximum(each, -limit), limit)),
      ),
    },
    gravesStep: {
      names: ['moments', 'gradient', 'settings', ...Object.keys(graves)],
      args: fc.tuple(
        fields({ n: numbers([2, 3], 1, 2), gBar: argument([2, 3]), delta: argument([2, 3], -1) }),
        argument([2, 3], -1),
        fc.oneof(
          fields({ learningRate: oneOf(0.1), epsilon: oneOf(1e-4), decay: oneOf(0.9), momentum: oneOf(0.9) }),
          fields(graves),
        ),
      ),
      call: (moments: GravesMoments, gradient: Tensor, settings: GravesSettings) =>
        gravesStep(moments, gradient, settings),
    },
    gravesRmsProp: {
      names: ['GravesRMSProp', 'gradients', 'the gradient of', ...Object.keys(graves)],
      args: fc.tuple(
        fc.oneof(
          oneOf(undefined, {}),
          ...Object.entries(graves).map(([name, each]) => fields({ [name]: each })),
          fields(graves),
        ),
        fc.oneof(fields({ kernel: argument([2, 3], -1) }), fields({ kernel: argument([2, 3], -1), x: odds })),
      ),
      call: (settings: Partial<GravesSettings>, given: object) => applied(gravesRmsProp(settings), given),
    },
    adam: {
      names: ['gradients', 'the gradient of', ...Object.keys(learning), 'beta1', 'beta2'],
      args: fc.tuple(
        fc.oneof(
          oneOf(undefined, {}),
          fields({ learningRate: sizes(0.1) }),
          fields({ epsilon: sizes(0.1) }),
          fields({ ...learning, beta1: sizes(0.9, 0), beta2: sizes(0.9, 0) }),
        ),
        fc.oneof(fields({ kernel: argument([2, 3], -1) }), fields({ kernel: argument([2, 3], -1), x: odds })),
      ),
      call: (settings: Partial<AdamSettings>, given: object) => applied(adam(settings), given),
    },
  });

  fuzz({
    createRun: {
      names: runNames,
      args: fc.tuple(runOptions),
      call: (options: RunOptions) =>
        settled(Object(options).optimizer, async () => (await trainStep(createRun(options))).cost),
    },
    trainStep: {
      names: ['pool', ...runNames],
      args: fc.tuple(runs, fc.oneof(oneOf(undefined), stepOptions)),
      call: ofRun((run, options?: StepOptions) => trainStep(run, options)),
    },
    train: {
      names: ['trainStep', 'sequences', 'until', 'signal', 'breatheEvery', 'pool', ...runNames],
      args: fc.tuple(fc.oneof(fc.constant(runGiven), runs), trainOptions),
      call: ofRun(events),
    },
    customCost: {
      names: ['cost'],
      args: fc.tuple(costOptions),
      call: (options: CostOptions) => void customCost(options),
    },
    rateFactor: {
      names: ['schedule', 'update'],
      args: fc.tuple(schedules, fc.oneof(sizes(0, 9), odds)),
      call: (schedule: Schedule, update: number) => void rateFactor(schedule, update),
    },
    weightAverage: {
      names: ['weightAverage', 'decay'],
      args: fc.tuple(fc.oneof(oneOf(undefined), fields({ decay: fc.oneof(sizes(0, 0.9), odds) }), odds)),
      call: (settings: Partial<AverageSettings>) => void weightAverage(settings),
    },
    withAverage: {
      names: ['work', ...runNames],
      args: fc.tuple(
        runs,
        fc.oneof(
          oneOf(() => 1),
          odds,
        ),
      ),
      call: ofRun(async (run, work: () => void) => void (await withAverage(run, work))),
      // None of these runs averages; updates.test.ts has one that does.
      outcomes: 'refusals',
    },
    averagedParameters: {
      names: checkpointNames,
      args: fc.tuple(states),
      call: (given: TrainingState) => void averagedParameters(given),
      outcomes: 'refusals',
    },
    costNamed: {
      names: ['cost'],
      args: fc.tuple(fc.oneof(costNamesGiven, odds)),
      call: (name: string) => void costNamed(name),
    },
    evaluate: {
      names: ['evaluate', 'episodes', 'cost', 'batchSize', ...runNames],
      args: fc.tuple(
        fc.oneof(fc.constant(modelGiven), models),
        fc.oneof(
          fc.constant(
            value('episodes', () => [task.episode(createRandom(1)), task.episode(createRandom(2))]),
          ),
          oneOf([], [{}]),
          odds,
        ),
        fc.oneof(oneOf(undefined), fields({ cost: costs, batchSize: sizes(1, 2) }), odds),
      ),
      call: (model: SequenceModel, episodes: Episode[], options: EvaluateOptions) =>
        settled(undefined, async () => void (await evaluate(model, episodes, options))),
    },
    meanCost: {
      names: ['last'],
      args: fc.tuple(
        near(
          value('costs', () => ({ costs: new Float64Array(1000), sequences: 3 })),
          ['costs', 'sequences'],
        ),
        fc.oneof(oneOf(undefined), sizes(1, 1000)),
      ),
      call: (run: Run, last?: number) => void meanCost(run, last),
    },
    isSolved: { names: ['cost'], args: fc.tuple(runs), call: ofRun(async (run) => isSolved(run)) },
    captureState: { names: runNames, args: fc.tuple(runs), call: ofRun(async (run) => captureState(run)) },
    encodeCheckpoint: { names: checkpointNames, args: fc.tuple(states), call: encodeCheckpoint },
    decodeCheckpoint: {
      names: checkpointNames,
      args: fc.tuple(bytesGiven),
      call: (given: Uint8Array) => void decodeCheckpoint(given),
    },
    encodeSafetensors: {
      names: ['checkpoint'],
      args: fc.tuple(safetensors),
      call: (given: Safetensors) => void encodeSafetensors(given),
    },
    decodeSafetensors: {
      names: ['checkpoint'],
      args: fc.tuple(bytesGiven),
      call: (given: Uint8Array) => void decodeSafetensors(given),
    },
    restoreParameters: {
      names: ['checkpoint', 'model'],
      args: fc.tuple(fc.oneof(fc.constant(modelGiven), models), states),
      call: (model: SequenceModel, given: TrainingState) =>
        settled(undefined, async () => restoreParameters(model, Object(given).parameters)),
    },
    restoreState: {
      names: checkpointNames,
      args: fc.tuple(fc.oneof(fc.constant(runGiven), runs), states),
      call: ofRun((run, given: TrainingState) => restoreState(run, given)),
    },
    resumeRun: {
      names: checkpointNames,
      args: fc.tuple(
        fc.oneof(
          fields({ model: fc.constant(modelGiven), state: states }),
          fields({ model: models, state: states, task: tasks, optimizer: optimizers }),
          odds,
        ),
      ),
      call: resumed,
    },
  });

  fuzz({
    saveCheckpoint: {
      names: pathNames,
      args: fc.tuple(paths, states),
      call: async (path: string, given: TrainingState) => {
        await saveCheckpoint(path, given);
        await loadCheckpoint(path);
      },
    },
    loadCheckpoint: {
      names: pathNames,
      args: fc.tuple(paths, bytesGiven),
      call: async (path: string, data: Uint8Array) => {
        await replaceFile(path, data);
        await loadCheckpoint(path);
      },
    },
    replaceFile: {
      names: pathNames,
      args: fc.tuple(paths, fc.oneof(oneOf('text'), bytesGiven)),
      call: (path: string, data: Uint8Array) => replaceFile(path, data),
    },
    removeLeftovers: { names: pathNames, args: fc.tuple(paths), call: removeLeftovers },
    createPool: {
      names: ['pool', 'model', 'threads', 'worker', 'config', 'timeout'],
      args: fc.tuple(poolOptions),
      call: (options: PoolOptions) =>
        settled(undefined, async () => {
          const pool = await createPool(options);
          await pool.close();
        }),
    },
    serve: {
      names: ['build', 'cost'],
      args: fc.tuple(
        fields({
          build: fc.oneof(
            oneOf(() => 1),
            odds,
          ),
          cost: costs,
        }),
      ),
      call: (options: ServeOptions<unknown>) => serve(options),
      outcomes: 'refusals',
    },
  });
});

/** One update of a variable by the optimizer, and the variable. */
async function applied(optimizer: index.GravesRMSProp | index.ExactAdam, given: object): Promise<Tensor> {
  const kernel = tidy(() => variable(zeros([2, 3])));
  try {
    const named = Object.entries(Object(given)).map(([name, each]) => [
      name === 'kernel' ? kernel.name : name,
      each,
    ]);
    optimizer.applyGradients(Object.fromEntries(named));
    return tidy(() => mul(kernel, 1));
  } finally {
    kernel.dispose();
    optimizer.dispose();
  }
}

testEveryExport(
  { index, node, workers },
  {
    ...fromCore,
    GravesRMSProp: 'the class that gravesRmsProp makes',
    ExactAdam: 'the class that adam makes',
    WeightAverage: 'the class that weightAverage makes',
  },
);
