import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../exit.js';
import { experimentOf } from '../experiments.js';
import type { NetKind } from '../models.js';
import type { OwnModule } from '../own/module.js';
import { noteFor } from '../own/note.js';
import { memoryFlags, netFlags, type RecipeFlags, recipeWith, settingsAmong, taskOf } from '../recipe.js';
import { idOf, nameOf, placeOf, type RunId } from './folder.js';
import { FORMAT, type RunFile } from './format.js';

/** What was asked for; what is left out is all there is. */
export interface Wanted {
  tasks: readonly string[];
  models?: readonly NetKind[] | undefined;
  /** How many. */
  seeds?: number | undefined;
  firstSeed?: number | undefined;
  sequences?: number | undefined;
  /** The mean cost under which a run is solved. */
  solvedBelow?: number | undefined;
  /** Of the net, of the training and of the tasks, that differ from the table. */
  flags: RecipeFlags;
}

export type Plan = Pick<RunFile, 'format' | 'task' | 'recipe' | 'target' | 'solvedBelow'>;

/** Sequences where neither a flag nor the table says how many. */
const SEQUENCES = 100_000;
const SEEDS = 3;

/**
 * The runs that were asked for, a seed of each first; those that are stored keep their recipe.
 * @param stored runs of the experiment that is gone on with
 * @throws UsageError for a flag that says otherwise than a stored run
 */
export function planOf(wanted: Wanted, stored: ReadonlyMap<string, RunFile>, all: Everything): Plan[] {
  const ids = idsOf(wanted, stored, all);
  // Flags of the net are for those nets that have them; where none has, the recipe refuses them.
  const flagsOf = ids.every(({ model }) => model === 'own') ? () => wanted.flags : flagsFor;
  return ids.map((id) => {
    const before = stored.get(nameOf(id));
    const made = freshPlan(id, { ...wanted, flags: flagsOf(id.model, wanted.flags) }, all);
    if (before === undefined) return made;
    checkSame(id, wanted, made, before);
    const { format, recipe, target } = before;
    const task = { ...before.task, ...made.task, settings: before.task.settings };
    const solvedBelow = wanted.solvedBelow ?? before.solvedBelow;
    return { format, task, recipe, solvedBelow, target: wanted.sequences ?? target };
  });
}

/** What there is to be reproduced. */
export interface Everything {
  tasks: readonly string[];
  models: readonly NetKind[];
  /** Modules of the tasks that are of one, by the names of these. */
  modules?: ReadonlyMap<string, OwnModule>;
  /** The folder of the experiment. */
  out: string;
}

function idsOf(wanted: Wanted, stored: ReadonlyMap<string, RunFile>, all: Everything): RunId[] {
  const there = [...stored.values()].map(idOf).sort((one, other) => one.seed - other.seed);
  const named = wanted.tasks.length > 0 || (wanted.models ?? wanted.seeds ?? wanted.firstSeed) !== undefined;
  if (there.length > 0 && !named) return there;
  const among = <T>(given: readonly T[] | undefined, found: T[], every: readonly T[]): readonly T[] =>
    given ?? (found.length > 0 ? [...new Set(found)] : every);
  const tasks = among(
    wanted.tasks.length > 0 ? wanted.tasks : undefined,
    there.map(({ task }) => task),
    all.tasks,
  );
  const models = among(
    wanted.models,
    there.map(({ model }) => model),
    all.models,
  );
  const seeds =
    wanted.seeds === undefined && wanted.firstSeed === undefined && there.length > 0
      ? [...new Set(there.map(({ seed }) => seed))]
      : Array.from({ length: wanted.seeds ?? SEEDS }, (_, i) => (wanted.firstSeed ?? 1) + i);
  return seeds.flatMap((seed) =>
    tasks.flatMap((task) => modelsFor(task, models, wanted, all).map((model) => ({ task, model, seed }))),
  );
}

/** A module that exports a model has it trained, unless others are named. */
function modelsFor(
  task: string,
  models: readonly NetKind[],
  wanted: Wanted,
  { modules }: Everything,
): readonly NetKind[] {
  const hasModel = modules?.get(task)?.hasModel === true;
  if (wanted.models !== undefined) return models;
  return hasModel ? ['own'] : models.filter((model) => model !== 'own');
}

function freshPlan(id: RunId, { flags, sequences, solvedBelow }: Wanted, { modules, out }: Everything): Plan {
  const { task, model, seed } = id;
  const own = modules?.get(task);
  const { module, digest } = own ? noteFor(own, placeOf(out, nameOf(id)).checkpoint, model === 'own') : {};
  return {
    format: FORMAT,
    task: {
      name: task,
      settings: { ...taskOf(own ?? task, flags).settings },
      ...(own && { module, digest }),
    },
    recipe: recipeWith(own ?? task, { ...flags, model, seed }),
    ...(solvedBelow !== undefined && { solvedBelow }),
    target: sequences ?? experimentOf(task, model)?.sequences ?? SEQUENCES,
  };
}

/** Flags of the memory are for those models that have one, and flags of the net not for a module's own. */
function flagsFor(model: NetKind, flags: RecipeFlags): RecipeFlags {
  const foreign: readonly string[] = model === 'own' ? netFlags : model === 'lstm' ? memoryFlags : [];
  return Object.fromEntries(Object.entries(flags).filter(([key]) => !foreign.includes(key)));
}

/** @throws UsageError where flags would make another run of a stored one */
function checkSame(id: RunId, { flags }: Wanted, made: Plan, { task, recipe }: RunFile): void {
  const [now, before] = [
    { ...made.task.settings, ...made.recipe },
    { ...task.settings, ...recipe },
  ].map((values) => new Map<string, unknown>(Object.entries(values)));
  const { set: _, ...others } = flags;
  const given = Object.keys({ ...others, ...settingsAmong(flags) });
  const conflicts = given.filter((key) => !isDeepStrictEqual(now?.get(key), before?.get(key)));
  if (conflicts.length === 0) return;
  const list = conflicts.map((key) => `${key} ${text(now?.get(key))} (it has ${text(before?.get(key))})`);
  throw new UsageError(
    `--resume: ${nameOf(id)} was begun with other settings: ${list.join(', ')}; leave out what differs, or name another --out`,
  );
}

function text(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
