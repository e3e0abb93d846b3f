import { floatsOf } from '@tapehead/core';
import {
  argument,
  fields,
  fromCore,
  fuzz,
  type Given,
  odds,
  onEachBackend,
  oneOf,
  sizes,
  testEveryExport,
  value,
} from '@tapehead/testing';
import { dispose, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { composedCost } from './composedCost.js';
import * as index from './index.js';
import {
  areTargetsOf,
  associativeRecall,
  axisOf,
  batchOf,
  checkEpisode,
  checkTargets,
  copy,
  costInBits,
  createRandom,
  createTask,
  dynamicNgrams,
  type Episode,
  episodeText,
  optimalBits,
  optimalPredictions,
  prioritySort,
  type Random,
  repeatCopy,
  restoreRandom,
  scaledCost,
  scoredBits,
  type Targets,
  type Task,
  type TaskName,
  taskNames,
  wrongBits,
} from './index.js';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

/** Settings of small episodes, by the task. */
const small: Readonly<Record<TaskName, Readonly<Record<string, fc.Arbitrary<Given>>>>> = {
  copy: { width: sizes(1, 3), minLength: sizes(1, 2), maxLength: sizes(2, 4) },
  'repeat-copy': {
    width: sizes(1, 3),
    minLength: sizes(1, 2),
    maxLength: sizes(2, 3),
    minRepeats: sizes(1, 2),
    maxRepeats: sizes(2, 3),
  },
  'associative-recall': { width: sizes(2, 3), minItems: sizes(2), maxItems: sizes(2, 3) },
  ngrams: { context: sizes(1, 5), bits: sizes(6, 20) },
  'priority-sort': { width: sizes(1, 8), vectors: sizes(3, 5), highest: sizes(1, 3) },
};

/** Some of these settings. */
const settingsOf = (name: TaskName): fc.Arbitrary<Given> =>
  fc.oneof(
    ...Object.entries(small[name]).map(([setting, arbitrary]) => fields({ [setting]: arbitrary })),
    fields(small[name]),
    oneOf(undefined, {}),
    odds,
  );

const names = fc.constantFrom(...taskNames);
const validTasks: fc.Arbitrary<Given> = names.map((name) => value(name, () => createTask(name)));
const changed = (given: Given, field: string, odd: Given): Given =>
  value(
    `${given.text} with ${field} ${odd.text}`,
    () => Object.assign(Object(given.make()), { [field]: odd.make() }),
    given.plain && odd.plain,
  );

const valid: fc.Arbitrary<Given> = fc
  .tuple(names, seeds)
  .map(([name, seed]) =>
    value(`${name} of seed ${seed}`, () => createTask(name).episode(createRandom(seed))),
  );

const parts = fc.oneof(
  odds,
  oneOf(0, 1, Float32Array.of(1, 0), Float32Array.of(Number.NaN, 1), new Float32Array(1e3).fill(2), [
    1,
    0,
    '1',
  ]),
);
const broken: fc.Arbitrary<Given> = fc
  .tuple(valid, fc.constantFrom('steps', 'inputSize', 'outputSize', 'input', 'target', 'mask', 'view'), parts)
  .map(([given, field, odd]) => changed(given, field, odd));
/** One number of a valid episode is another. */
const disturbed: fc.Arbitrary<Given> = fc
  .tuple(
    valid,
    fc.constantFrom('input', 'target', 'mask'),
    fc.nat(30),
    fc.constantFrom(-1, 0.5, 1e30, Number.NaN, Number.NEGATIVE_INFINITY),
  )
  .map(([given, part, at, odd]) =>
    value(`${given.text} with ${part}[${at}] = ${odd}`, () => {
      const episode = Object(given.make());
      Reflect.set(episode[part], at, odd);
      return episode;
    }),
  );
const episodes = fc.oneof(
  { weight: 6, arbitrary: valid },
  { weight: 2, arbitrary: broken },
  { weight: 2, arbitrary: disturbed },
  { weight: 1, arbitrary: odds },
);

const listed = (all: readonly Given[]): Given =>
  value(
    `[${all.map(({ text }) => text).join(', ')}]`,
    () => all.map(({ make }) => make()),
    all.every(({ plain }) => plain),
  );
/** Episodes of one task in most cases. */
const lists = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(names, fc.array(seeds, { minLength: 1, maxLength: 3 }))
      .map(([name, all]) =>
        value(`${name} of seeds ${all}`, () =>
          all.map((seed) => createTask(name).episode(createRandom(seed))),
        ),
      ),
  },
  { weight: 3, arbitrary: fc.array(episodes, { maxLength: 3 }).map(listed) },
  { weight: 1, arbitrary: odds },
);

const kinds = fc.oneof(
  { weight: 4, arbitrary: oneOf('bits', 'classes', 'numbers', undefined) },
  { weight: 1, arbitrary: odds },
);

/** Logits of an episode, or of another number. */
const logits = fc.oneof(
  fc.nat(400).map((count) => value(`${count} logits`, () => new Float32Array(count).fill(0.5))),
  oneOf(undefined, [1, -1], ['1'], [Number.NaN]),
  odds,
);

const streams = fc.oneof(
  { weight: 3, arbitrary: seeds.map((seed) => value(`stream ${seed}`, () => createRandom(seed))) },
  {
    weight: 1,
    arbitrary: fc.oneof(oneOf({ uniform: () => 0 }, { uniform: 1, integer: 2, bit: 3 }), odds),
  },
);

/** An episode of the task, as numbers. */
const drawn =
  (make: (settings?: object) => Task) =>
  (settings?: object): Float32Array =>
    make(settings).episode(createRandom(1)).input;

const costArgs = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    time: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ batch, time, width }) =>
    fc.tuple(argument([batch, time, width], -5, 5), argument([batch, time, width]), argument([batch, time])),
  );

/** The equation as a composition of tfjs ops, of what the function itself takes. */
const composed = (x: Tensor, z: Tensor, scored: Tensor): Tensor => {
  dispose(costInBits(x, z, scored));
  return tidy(() => mul(composedCost(floatsOf('x', x), floatsOf('z', z), floatsOf('scored', scored)), 1));
};

const uniform = (random: Random): number[] => [random.uniform(), random.integer(1, 3), random.bit(0.5)];

onEachBackend('whatever the tasks are called with', () => {
  const episodeNames = ['episode', 'context'];
  fuzz({
    costInBits: { names: ['logits', 'target', 'mask'], args: costArgs, call: costInBits, same: composed },
    scaledCost: {
      names: ['logits', 'target', 'mask', 'scale'],
      args: fc
        .tuple(
          costArgs,
          fc.oneof(oneOf(0, 1, -2, 0.5), oneOf(Number.NaN, Number.POSITIVE_INFINITY, '1'), odds),
        )
        .map(([[x, z, mask], scale]) => [x, z, mask, scale]),
      call: (x: Tensor, z: Tensor, mask: Tensor, scale: number) => scaledCost(z, mask, scale)(x),
    },
    batchOf: {
      names: ['episodes', 'targets'],
      args: fc.tuple(lists, kinds),
      call: batchOf,
    },
  });

  fuzz({
    checkEpisode: {
      names: ['episode', 'targets'],
      args: fc.tuple(episodes, kinds),
      call: (episode: Episode, targets?: Targets) => checkEpisode('episode', episode, targets),
    },
    checkTargets: {
      names: ['targets'],
      args: fc.tuple(kinds),
      call: (targets: Targets) => checkTargets('targets', targets),
    },
    areTargetsOf: { names: ['targets', 'wanted'], args: fc.tuple(kinds, kinds), call: areTargetsOf },
    scoredBits: { names: ['episode'], args: fc.tuple(episodes), call: scoredBits },
    wrongBits: {
      names: ['episodes', 'logits'],
      args: fc.oneof(
        fc.tuple(logits, lists),
        fc.tuple(names, seeds, fc.constantFrom(0, 0, 1, -1)).map(([name, seed, more]) => {
          const make = () => createTask(name).episode(createRandom(seed));
          const { steps, outputSize } = make();
          const count = steps * outputSize + more;
          return [
            value(`${count} logits`, () => new Float32Array(count).fill(1)),
            value(`[${name} of seed ${seed}]`, () => [make()]),
          ];
        }),
      ),
      call: wrongBits,
    },
    episodeText: {
      names: ['episode', 'logits', 'columns', 'episodes'],
      args: fc.tuple(
        episodes,
        fc.oneof({ weight: 3, arbitrary: oneOf(undefined) }, { weight: 1, arbitrary: logits }),
        fc.oneof(oneOf(undefined, {}), fields({ columns: sizes(1, 40, 200) }), odds),
      ),
      call: episodeText,
    },
    optimalPredictions: {
      names: episodeNames,
      args: fc.tuple(
        fc.oneof(
          seeds.map((seed) => value(`ngrams of ${seed}`, () => dynamicNgrams().episode(createRandom(seed)))),
          episodes,
        ),
        sizes(1, 5, 16),
      ),
      call: optimalPredictions,
    },
    optimalBits: {
      names: episodeNames,
      args: fc.tuple(
        fc.oneof(
          seeds.map((seed) => value(`ngrams of ${seed}`, () => dynamicNgrams().episode(createRandom(seed)))),
          episodes,
        ),
        sizes(1, 5, 16),
      ),
      call: optimalBits,
    },
    createRandom: {
      names: ['seed'],
      args: fc.tuple(sizes(0, 1, 7, 2 ** 32 - 1)),
      call: (seed: number) => uniform(createRandom(seed)),
    },
    restoreRandom: {
      names: ['state'],
      args: fc.tuple(
        fc.oneof(
          fc
            .array(fc.oneof(fc.integer(), fc.constantFrom(1.5, Number.NaN, 2 ** 31, '1', null)), {
              minLength: 3,
              maxLength: 5,
            })
            .map((state) => value(fc.stringify(state), () => state)),
          fc
            .array(fc.integer(), { minLength: 4, maxLength: 4 })
            .map((state) => value(fc.stringify(state), () => state)),
          odds,
        ),
      ),
      call: (state: readonly number[]) => uniform(restoreRandom(state)),
    },
    'restoreRandom and integer': {
      names: ['low', 'high'],
      args: fc.tuple(
        fc.oneof(sizes(-5, 0, 3), oneOf(2 ** 53 - 1, -(2 ** 53) + 1)),
        fc.oneof(sizes(3, 10), oneOf(2 ** 53 - 1)),
      ),
      call: (low: number, high: number) => createRandom(1).integer(low, high),
    },
    'restoreRandom and bit': {
      names: ['one'],
      args: fc.tuple(sizes(0, 0.5, 1)),
      call: (one: number) => createRandom(1).bit(one),
    },
    copy: { names: ['copy'], args: fc.tuple(settingsOf('copy')), call: drawn(copy) },
    repeatCopy: {
      names: ['repeat-copy', 'repeatCopy'],
      args: fc.tuple(settingsOf('repeat-copy')),
      call: drawn(repeatCopy),
    },
    associativeRecall: {
      names: ['associative-recall'],
      args: fc.tuple(settingsOf('associative-recall')),
      call: drawn(associativeRecall),
    },
    dynamicNgrams: { names: ['ngrams'], args: fc.tuple(settingsOf('ngrams')), call: drawn(dynamicNgrams) },
    prioritySort: {
      names: ['priority-sort'],
      args: fc.tuple(settingsOf('priority-sort')),
      call: drawn(prioritySort),
    },
    createTask: {
      names: ['task', ...taskNames],
      args: fc.oneof(
        names.chain((name) => fc.tuple(oneOf(name), settingsOf(name))),
        fc.tuple(fc.oneof(oneOf('copi', 'constructor', '__proto__'), odds), oneOf(undefined, {})),
      ),
      call: (name: string, settings: object) => createTask(name, settings).episode(createRandom(1)).mask,
    },
    'createTask and episode': {
      names: ['random', ...taskNames],
      args: names.chain((name) =>
        fc.tuple(oneOf(name), streams, fc.oneof(oneOf(undefined, {}), settingsOf(name))),
      ),
      call: (name: string, random: Random, override: object) =>
        createTask(name).episode(random, override).target,
    },
    axisOf: {
      names: ['task', 'axis'],
      args: fc.tuple(
        fc.oneof({ weight: 3, arbitrary: validTasks }, { weight: 1, arbitrary: odds }),
        fc.oneof(oneOf('length', 'repeats', 'items', 'lenght', 'constructor'), odds),
      ),
      call: axisOf,
    },
    'axisOf and at': {
      names: ['length', ...taskNames],
      args: fc.tuple(sizes(1, 10, 120)),
      call: (length: number) => {
        const task = copy();
        return task.episode(createRandom(1), axisOf(task, 'length').at(length)).mask;
      },
    },
  });
});

testEveryExport({ index }, fromCore);
