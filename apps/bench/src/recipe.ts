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
import { type Experiment, experimentOf, experiments } from './experiments.js';
import { type ControllerName, type ModelName, modelNames, modelOfConfig, ntmWith } from './models.js';
import type { Net, NetSettings } from './net.js';
import { clip, fraction, positive, seed, size } from './parse.js';

/** What decides a run: by default {@link recipeFor} its task and model. */
export interface Recipe extends NetSettings {
  optimizer: 'graves' | 'adam';
  learningRate: number;
  /** The rate stays as it is where this is left out. */
  rateHalfAfter?: number | undefined;
  /** How much of the mean square of its gradients Graves's RMSProp keeps from update to update. */
  decay: number;
  clip: Clip;
  objective: Objective;
  batch: number;
  seed: number;
}

/** What is the same for all tasks and models; docs/recipe.md says what each choice buys. */
export const paper = {
  memorySize: 128,
  memoryDim: 20,
  initialMemory: 'learned',
  initialShift: 'onward',
  optimizer: 'graves',
  objective: 'sum',
  batch: 1,
  seed: 1,
} as const satisfies Partial<Recipe>;

const PAPERS = "(default: the paper's for the task and the model)";
const OWN = "(default: the task's and the model's)";

/** What of a table's cell a run is made of. */
function settingsOf(cell: Experiment) {
  const { sequences, paper: theirs, sizeNote, ...settings } = cell;
  return settings;
}

/** The recipe of a model for a task: the paper's table, with the rates that docs/recipe.md speaks of. */
export function recipeFor(task: string, model: ModelName): Recipe {
  const experiment = experimentOf(task, model) ?? experiments.copy.models[model];
  return { ...paper, ...settingsOf(experiment), model };
}

/** The flags of a recipe that were given, by their names, and the model that they come to. */
export interface RecipeFlags extends Partial<Omit<Recipe, 'model'>> {
  model?: ModelName;
  controller?: ControllerName;
}

/** What only a net with a memory has. */
export const memoryFlags = [
  'heads',
  'memorySize',
  'memoryDim',
  'initialMemory',
  'initialShift',
  'initialWeighting',
] as const;

/**
 * {@link recipeFor} the task, but for what flags say otherwise.
 * @throws UsageError for a flag of the memory where the model has none
 */
export function recipeWith(task: string, { controller = 'lstm', ...given }: RecipeFlags): Recipe {
  const recipe = recipeFor(task, given.model ?? ntmWith(controller));
  const odd = memoryFlags.find((key) => recipe.model === 'lstm' && given[key] !== undefined);
  if (odd !== undefined) {
    throw new UsageError(`${flagOf(odd)}: expected a model with a memory, got --model lstm, an LSTM alone`);
  }
  const known = recipeOptions().map((option) => option.attributeName());
  const chosen = Object.entries(given).filter(([key, value]) => known.includes(key) && value !== undefined);
  return { ...recipe, ...Object.fromEntries(chosen) };
}

/** The flags of a recipe: of the net, of the training, and of each task its settings. */
export function recipeOptions(): Option[] {
  return [...netOptions(), ...trainingOptions(), ...taskOptions()];
}

export function controllerOption(): Option {
  return new Option('--controller <kind>', 'controller of the net')
    .choices(['lstm', 'feedforward'])
    .default('lstm');
}

function modelOption(): Option {
  return new Option('--model <kind>', 'NTM with either controller, or an LSTM alone; instead of --controller')
    .choices(modelNames)
    .conflicts('controller');
}

function netOptions(): Option[] {
  return [
    controllerOption(),
    modelOption(),
    new Option('--controller-size <n>', `width of a controller layer ${PAPERS}`).argParser(size),
    new Option('--layers <n>', `layers of the controller ${PAPERS}`).argParser(size),
    new Option('--heads <n>', `read heads, and as many write heads ${PAPERS}`).argParser(size),
    new Option('--memory-size <n>', `locations of the memory, N (default: ${paper.memorySize})`).argParser(
      size,
    ),
    new Option('--memory-dim <n>', `components of a location, M (default: ${paper.memoryDim})`).argParser(
      size,
    ),
    new Option(
      '--initial-memory <kind>',
      `memory at the start of a sequence (default: ${paper.initialMemory})`,
    ).choices(['constant', 'random', 'learned']),
    new Option(
      '--initial-shift <kind>',
      `where fresh heads move: to the next row, or alike to all taps (default: ${paper.initialShift})`,
    ).choices(['onward', 'even']),
    new Option(
      '--initial-weighting <kind>',
      `where fresh heads start: each at rows of its own, or all at the first ${OWN}`,
    ).choices(['scattered', 'together']),
  ];
}

function trainingOptions(): Option[] {
  return [
    new Option('--optimizer <name>', "Graves's RMSProp, or Adam")
      .choices(['graves', 'adam'])
      .default(paper.optimizer),
    new Option('--learning-rate <rate>', `step size ${OWN}`).argParser(positive),
    new Option(
      '--rate-half-after <n>',
      `updates after which the step size has fallen to half, with graves ${OWN}`,
    ).argParser(size),
    new Option(
      '--decay <fraction>',
      `of the mean square gradient kept at an update, with graves ${OWN}`,
    ).argParser(fraction),
    new Option('--clip <limit>', `norm:LIMIT, value:LIMIT or none ${OWN}`).argParser(clip),
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
      `${flagOf(setting)}: ${name} has no such setting; it has ${known.map(flagOf).join(', ')}`,
    );
  }
  return createTask(name, Object.fromEntries(flags));
}

/** A run from the start. */
export function newRun(model: Net, task: Task, recipe: Recipe): Run {
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

function optimizerOf({ optimizer, learningRate, rateHalfAfter: halfAfter, decay }: Recipe): Optimizer {
  if (optimizer === 'adam') return adam({ learningRate });
  return gravesRmsProp({ learningRate, decay, ...(halfAfter && { halfAfter }) });
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
    model: modelOfConfig(model),
    controllerSize: Reflect.get(model, 'controllerSize') ?? Reflect.get(model, 'size'),
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
  if (value === undefined) return 'none';
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map((entry) => entry.join(':'))
    .join();
}
