import type { NTM } from '@tapehead/ntm';
import { createTask, type Task, taskNames } from '@tapehead/tasks';
import {
  adam,
  type Clip,
  createRun,
  gravesRmsProp,
  type Objective,
  type Run,
  type TrainingState,
} from '@tapehead/training';
import type { Optimizer } from '@tensorflow/tfjs-core';
import { type Command, Option } from 'commander';
import { UsageError } from './exit.js';
import type { NetSettings } from './net.js';
import { clip, clipText, positive, seed, size } from './parse.js';

/** What decides a run, as the flags give it by default {@link paper}. */
export interface Recipe extends NetSettings {
  optimizer: 'graves' | 'adam';
  learningRate: number;
  rateHalfAfter: number;
  clip: Clip;
  objective: Objective;
  batch: number;
  seed: number;
}

/**
 * What the flags say where nobody says otherwise: the paper's network and recipe for copy, at twice its rate, which
 * falls; docs/recipe.md says what each choice buys.
 */
export const paper: Recipe = {
  controller: 'lstm',
  controllerSize: 100,
  layers: 1,
  heads: 1,
  memorySize: 128,
  memoryDim: 20,
  initialMemory: 'learned',
  optimizer: 'graves',
  learningRate: 2e-4,
  rateHalfAfter: 10_000,
  clip: { value: 10 },
  objective: 'sum',
  batch: 1,
  seed: 1,
};

/** The flags of a recipe: of the net, of the training, and of each task its settings. */
export function recipeOptions(): Option[] {
  return [...netOptions(), ...trainingOptions(), ...taskOptions()];
}

export function controllerOption(): Option {
  return new Option('--controller <kind>', 'controller of the net')
    .choices(['lstm', 'feedforward'])
    .default(paper.controller);
}

function netOptions(): Option[] {
  return [
    controllerOption(),
    new Option('--controller-size <n>', 'width of a controller layer')
      .argParser(size)
      .default(paper.controllerSize),
    new Option('--layers <n>', 'layers of the controller').argParser(size).default(paper.layers),
    new Option('--heads <n>', 'read heads, and as many write heads').argParser(size).default(paper.heads),
    new Option('--memory-size <n>', 'locations of the memory, N').argParser(size).default(paper.memorySize),
    new Option('--memory-dim <n>', 'components of a location, M').argParser(size).default(paper.memoryDim),
    new Option('--initial-memory <kind>', 'memory at the start of a sequence')
      .choices(['constant', 'random', 'learned'])
      .default(paper.initialMemory),
  ];
}

function trainingOptions(): Option[] {
  return [
    new Option('--optimizer <name>', "Graves's RMSProp, or Adam")
      .choices(['graves', 'adam'])
      .default(paper.optimizer),
    new Option('--learning-rate <rate>', 'step size').argParser(positive).default(paper.learningRate),
    new Option('--rate-half-after <n>', 'updates after which the step size has fallen to half, with graves')
      .argParser(size)
      .default(paper.rateHalfAfter),
    new Option('--clip <limit>', 'norm:LIMIT, value:LIMIT or none')
      .argParser(clip)
      .default(paper.clip, clipText(paper.clip)),
    new Option('--objective <kind>', 'what is minimised: the cost of a bit, or of a sequence')
      .choices(['mean', 'sum'])
      .default(paper.objective),
    new Option('--batch <n>', 'sequences an update').argParser(size).default(paper.batch),
    new Option('--seed <n>', 'of the net and of the sequences').argParser(seed).default(paper.seed),
  ];
}

function taskOptions(): Option[] {
  const defaults = new Map<string, string[]>();
  for (const name of taskNames) {
    for (const [setting, value] of Object.entries(createTask(name).settings)) {
      defaults.set(setting, [...(defaults.get(setting) ?? []), `${name}: ${value}`]);
    }
  }
  return [...defaults].map(([setting, values]) => {
    const note = `task: ${words(setting)} (${values.join(', ')})`;
    return new Option(`${flagOf(setting)} <n>`, note).argParser(size);
  });
}

/** `maxLength` → `--max-length` */
function flagOf(setting: string): string {
  return `--${words(setting).replaceAll(' ', '-')}`;
}

/** `maxLength` → `max length` */
function words(camelCase: string): string {
  return camelCase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * The task with the settings that the flags gave.
 * @throws UsageError for the flag of a setting that only other tasks have
 */
export function taskOf(name: string, given: object): Task {
  const settings = new Set(taskNames.flatMap((each) => Object.keys(createTask(each).settings)));
  const known = Object.keys(createTask(name).settings);
  const flags = Object.entries(given).filter(([key, value]) => settings.has(key) && value !== undefined);
  for (const [setting] of flags) {
    if (known.includes(setting)) continue;
    throw new UsageError(
      `${flagOf(setting)}: expected settings of ${name} (${known.map(flagOf).join(', ')})`,
    );
  }
  return createTask(name, Object.fromEntries(flags));
}

/** A run from the start. */
export function newRun(model: NTM, task: Task, recipe: Recipe): Run {
  return createRun({
    model,
    task,
    optimizer: optimizerOf(recipe),
    batchSize: recipe.batch,
    clip: recipe.clip,
    objective: recipe.objective,
    seed: recipe.seed,
  });
}

function optimizerOf({ optimizer, learningRate, rateHalfAfter: halfAfter }: Recipe): Optimizer {
  return optimizer === 'adam' ? adam({ learningRate }) : gravesRmsProp({ learningRate, halfAfter });
}

/**
 * A resumed run takes its recipe from the checkpoint; a flag may repeat it, not change it.
 * @throws UsageError that names every flag that says otherwise
 */
export function checkSameRecipe(command: Command, taskName: string, state: TrainingState): void {
  const was = recipeOf(state);
  const given = recipeOptions().filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const conflicts = given.flatMap((option) => {
    const key = option.attributeName();
    const [now, before] = [textOf(command.getOptionValue(key)), textOf(was[key])];
    return now === before ? [] : [`${option.long} ${now} (the checkpoint has ${before})`];
  });
  if (taskName !== state.task.name)
    conflicts.unshift(`task ${taskName} (the checkpoint has ${state.task.name})`);
  if (conflicts.length === 0) return;
  throw new UsageError(
    `--resume: expected the recipe of the checkpoint, got ${conflicts.join(', ')}; leave out what differs`,
  );
}

/** The flags' values, by their names, that a checkpoint was trained with. */
function recipeOf(state: TrainingState): Record<string, unknown> {
  const { model = {}, optimizer, task, batchSize: batch, clip, objective } = state;
  return {
    ...model,
    ...task.settings,
    ...optimizer.config,
    heads: Reflect.get(model, 'readHeads'),
    rateHalfAfter: Reflect.get(optimizer.config, 'halfAfter'),
    optimizer: optimizer.className === 'GravesRMSProp' ? 'graves' : 'adam',
    batch,
    clip,
    objective,
  };
}

/** As the flag is written: a clip `{ norm: 10 }` is `norm:10`. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map((entry) => entry.join(':'))
    .join();
}
