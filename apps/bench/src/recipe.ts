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
import { type CostFlags, costFlag, costOf, costOptions } from './costs.js';
import { UsageError } from './exit.js';
import { type Experiment, experimentOf, experiments } from './experiments.js';
import { type ControllerName, modelOfConfig, type NetKind, netKinds, ntmWith } from './models.js';
import { isOwnModel, type Net, type NetSettings } from './net.js';
import type { OwnModule } from './own/module.js';
import { clip, fraction, odd, positive, seed, settings, size } from './parse.js';

/** What decides a run: by default {@link recipeFor} its task and model. */
export interface Recipe extends NetSettings, CostFlags {
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
  shifts: 3,
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
export function recipeFor(task: string, model: NetKind): Recipe {
  const standard = experiments.copy.models[model === 'own' ? 'ntm-lstm' : model];
  return { ...paper, ...settingsOf(experimentOf(task, model) ?? standard), model };
}

/** The flags of a recipe that were given, by their names, and the model that they come to. */
export interface RecipeFlags extends Partial<Omit<Recipe, 'model'>> {
  model?: NetKind;
  controller?: ControllerName;
  /** Settings of the task, by name. */
  set?: Readonly<Record<string, unknown>>;
}

/** A task of @tapehead/tasks by its name, or the module of one. */
export type TaskSource = string | OwnModule;

/** What only a net with a memory has. */
export const memoryFlags = [
  'heads',
  'readHeads',
  'writeHeads',
  'shifts',
  'memorySize',
  'memoryDim',
  'initialMemory',
  'initialShift',
  'initialWeighting',
] as const;

/** What only a net of the paper has. */
export const netFlags = ['controllerSize', 'layers', ...memoryFlags] as const;

/**
 * {@link recipeFor} the task, but for what flags say otherwise.
 * @throws UsageError for a flag of the memory where the model has none, and for one of the net where a module builds it
 */
export function recipeWith(task: TaskSource, { controller, ...given }: RecipeFlags): Recipe {
  const own = typeof task === 'string' ? undefined : task;
  const standard = own?.hasModel && controller === undefined ? 'own' : ntmWith(controller ?? 'lstm');
  const recipe = recipeFor(own === undefined ? String(task) : own.path, given.model ?? standard);
  checkFlags(recipe.model, given, own);
  const known = recipeOptions().map((option) => option.attributeName());
  const isChosen = (key: string, value: unknown) =>
    key !== 'set' && known.includes(key) && value !== undefined;
  const chosen = Object.entries(given).filter(([key, value]) => isChosen(key, value));
  return { ...recipe, ...Object.fromEntries(chosen) };
}

function checkFlags(model: NetKind, given: RecipeFlags, own: OwnModule | undefined): void {
  const odd = (keys: readonly (keyof RecipeFlags)[]) => keys.find((key) => given[key] !== undefined);
  const graves = odd(['rateHalfAfter', 'decay']);
  if (given.optimizer === 'adam' && graves !== undefined)
    throw new UsageError(`${flagOf(graves)}: expected --optimizer graves, got adam, which has none`);
  const memory = odd(memoryFlags);
  if (model === 'lstm' && memory !== undefined) {
    throw new UsageError(
      `${flagOf(memory)}: expected a model with a memory, got --model lstm, an LSTM alone`,
    );
  }
  if (model !== 'own') return;
  if (!own?.hasModel) {
    throw new UsageError("--model own: expected the path of a module that exports a 'model' for the task");
  }
  const net = odd(netFlags);
  if (net === undefined) return;
  throw new UsageError(
    `${flagOf(net)}: expected no flag of the net, because ${own.path} exports a model; --model ntm-lstm takes another`,
  );
}

/** The flags of a recipe: of the net, of the training, and of each task its settings. */
export function recipeOptions(): Option[] {
  return [...netOptions(), ...costOptions(), ...trainingOptions(), ...taskOptions()];
}

export function controllerOption(): Option {
  return controllerChoice('controller of the net').default('lstm');
}

function controllerChoice(note: string): Option {
  return new Option('--controller <kind>', note).choices(['lstm', 'feedforward']);
}

function modelOption(): Option {
  return new Option(
    '--model <kind>',
    'NTM with either controller, an LSTM alone, or the model that the module of the task exports; instead of --controller',
  )
    .choices(netKinds)
    .conflicts('controller');
}

function netOptions(): Option[] {
  return [
    controllerChoice('controller of the net (default: lstm)'),
    modelOption(),
    new Option('--controller-size <n>', `width of a controller layer ${PAPERS}`).argParser(size),
    new Option('--layers <n>', `layers of the controller ${PAPERS}`).argParser(size),
    new Option('--heads <n>', `read heads, and as many write heads ${PAPERS}`).argParser(size),
    new Option('--read-heads <n>', 'read heads (default: --heads)').argParser(size),
    new Option('--write-heads <n>', 'write heads (default: --heads)').argParser(size),
    new Option(
      '--shifts <n>',
      `taps of a shift, an odd number; 3: one row back, stay, one row on (default: ${paper.shifts})`,
    ).argParser(odd),
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
    new Option(
      '--objective <kind>',
      'what is minimised of a cost in bits: the cost of a bit, or of a sequence',
    )
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
  const flags = [...defaults].map(([setting, values]) => {
    const note = `task: ${words(setting)} (${values.join(', ')})`;
    return new Option(`${flagOf(setting)} <n>`, note).argParser(size);
  });
  const set = new Option(
    '--set <name=value>',
    'task: a setting, such as maxBits=6; for each setting of a task from a module; may be given again',
  );
  return [...flags, set.argParser(settings)];
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
export function taskOf(source: TaskSource, given: RecipeFlags): Task {
  const plain = typeof source === 'string' ? createTask(source) : source.task();
  const known = Object.keys(plain.settings);
  const flags = settingsAmong(given);
  for (const setting of Object.keys(flags)) {
    if (known.includes(setting)) continue;
    const flag = setting in (given.set ?? {}) ? `--set ${setting}` : flagOf(setting);
    const own = typeof source === 'string' ? known.map(flagOf) : known;
    throw new UsageError(
      `${flag}: ${plain.name} has no such setting; it has ${own.length === 0 ? 'none' : own.join(', ')}`,
    );
  }
  return Object.keys(flags).length === 0 ? plain : taskFor(source, flags);
}

/** The task of a source with settings that were checked. */
export function taskFor(source: TaskSource, settings: Readonly<Record<string, unknown>>): Task {
  return typeof source === 'string' ? createTask(source, settings) : source.task(settings);
}

/** The settings of a task that flags give. */
export function settingsAmong({ set = {}, ...given }: RecipeFlags): Record<string, unknown> {
  const settings = new Set(taskNames.flatMap((each) => Object.keys(createTask(each).settings)));
  const flags = Object.entries(given).filter(([key, value]) => settings.has(key) && value !== undefined);
  return { ...Object.fromEntries(flags), ...set };
}

/** A run from the start. */
export function newRun(model: Net, task: Task, recipe: Recipe, own?: OwnModule): Run {
  const cost = costOf(recipe, own);
  return createRun({
    model,
    task,
    optimizer: optimizerOf(recipe),
    batchSize: recipe.batch,
    clip: recipe.clip,
    objective: recipe.objective,
    seed: recipe.seed,
    ...(cost && { cost }),
  });
}

function optimizerOf({ optimizer, learningRate, rateHalfAfter: halfAfter, decay }: Recipe): Optimizer {
  if (optimizer === 'adam') return adam({ learningRate });
  return gravesRmsProp({ learningRate, decay, ...(halfAfter && { halfAfter }) });
}

/**
 * A resumed run takes its recipe from the checkpoint; a flag may repeat it, not change it.
 * @param own the module of its task, where it is of one
 * @throws UsageError that names every flag that says otherwise
 */
export function checkSameRecipe(
  command: Command,
  taskName: string,
  state: TrainingState,
  own: OwnModule | undefined,
): void {
  const was = recipeOf(state, own);
  const given = recipeOptions().filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const conflicts = given.flatMap((option) => {
    const [flag = '', key] = [option.long, option.attributeName()];
    const value: unknown = command.getOptionValue(key);
    const values = key === 'set' && typeof value === 'object' && value !== null ? value : { [key]: value };
    return Object.entries(values).flatMap(([name, each]) => {
      const [now, before] = [textOf(each), textOf(was[name])];
      const text = key === 'set' ? `${flag} ${name}=${now}` : `${flag} ${now}`;
      return now === before ? [] : [`${text} (the checkpoint has ${before})`];
    });
  });
  if (taskName !== state.task.name)
    conflicts.unshift(`task ${taskName} (the checkpoint has ${state.task.name})`);
  if (conflicts.length === 0) return;
  throw new UsageError(
    `--resume: expected the recipe of the checkpoint, got ${conflicts.join(', ')}; leave out what differs`,
  );
}

/** The flags' values, by their names, that a checkpoint was trained with. */
function recipeOf(state: TrainingState, own: OwnModule | undefined): Record<string, unknown> {
  const { model = {}, optimizer, task, batchSize: batch, clip, objective } = state;
  return {
    ...model,
    ...task.settings,
    ...optimizer.config,
    model: isOwnModel(state, own) ? 'own' : modelOfConfig(model),
    controllerSize: Reflect.get(model, 'controllerSize') ?? Reflect.get(model, 'size'),
    heads: headsOf(model),
    rateHalfAfter: Reflect.get(optimizer.config, 'halfAfter'),
    optimizer: optimizer.className === 'GravesRMSProp' ? 'graves' : 'adam',
    batch,
    clip,
    objective,
    cost: costFlag(state.cost.name, own),
  };
}

/** As `--heads` has them: one number where there are as many of both kinds. */
function headsOf(model: object): string {
  const [read, write] = [textOf(Reflect.get(model, 'readHeads')), textOf(Reflect.get(model, 'writeHeads'))];
  return read === write ? read : `${read} read and ${write} write`;
}

/** As the flag is written: a clip `{ norm: 10 }` is `norm:10`. */
function textOf(value: unknown): string {
  if (value === undefined) return 'none';
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map((entry) => entry.join(':'))
    .join();
}
