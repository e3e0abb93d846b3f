import { isDeepStrictEqual } from 'node:util';
import { textOf } from '@tapehead/core';
import {
  type Axis,
  checkEpisode,
  createRandom,
  type Episode,
  type EpisodeNumbers,
  type EpisodeView,
  type Targets,
  type Task,
  taskNames,
} from '@tapehead/tasks';
import { UsageError } from '../exit.js';
import type { Exported } from './exports.js';

export type Settings = Readonly<Record<string, unknown>>;

/** A task of the user: what is only for people, and what has a plain default, may be left out. */
interface OwnTask extends Omit<Task, 'axes' | 'settings' | 'episode'> {
  readonly axes?: readonly Axis[];
  readonly settings?: object;
  episode(...args: Parameters<Task['episode']>): EpisodeNumbers & { readonly view?: EpisodeView };
}

const kindsOfTargets: readonly Targets[] = ['bits', 'classes', 'numbers'];

/** The seed of the two episodes that are drawn to look at the task. */
const LOOK = 1;

/**
 * The task that an export is or makes.
 * @param settings those that differ from the task's own
 * @throws UsageError that names file, export and member, for anything but a task, for a setting that it does not have,
 * and for a task whose episodes a seed does not decide
 */
export function ownTask(path: string, { name: exported, value }: Exported, settings: Settings = {}): Task {
  const where = `${path}, ${exported}`;
  const given: unknown = isFunction(value) ? value(settings) : value;
  checkTask(where, given);
  const task = completed(where, given);
  checkPlain(`${where}: settings`, task.settings);
  checkGiven(where, task, settings, isFunction(value));
  checkEpisodes(where, task);
  return task;
}

function isFunction(value: unknown): value is (settings: Settings) => unknown {
  return typeof value === 'function';
}

function checkTask(where: string, given: unknown): asserts given is OwnTask {
  if (given instanceof Promise)
    throw new UsageError(`${where}: expected a task, got a promise; await it in the module`);
  if (!isRecord(given)) {
    throw new UsageError(
      `${where}: expected a task { name, inputSize, outputSize, episode }, got ${textOf(given)}`,
    );
  }
  const { name, inputSize, outputSize, targets, settings, axes, episode } = given;
  if (typeof episode !== 'function') refuse(where, 'episode', 'a function of a random stream', episode);
  if (typeof name !== 'string' || name === '') refuse(where, 'name', 'a text', name);
  if (taskNames.some((each) => each === name))
    refuse(where, 'name', `another name than those of this program (${taskNames.join(', ')})`, name);
  for (const [key, value] of Object.entries({ inputSize, outputSize })) {
    if (!Number.isSafeInteger(value) || Number(value) < 1)
      refuse(where, key, 'an integer of at least 1', value);
  }
  if (targets !== undefined && !kindsOfTargets.some((kind) => kind === targets))
    refuse(where, 'targets', `one of ${kindsOfTargets.join(', ')}`, targets);
  if (settings !== undefined && !isRecord(settings))
    refuse(where, 'settings', 'an object of settings', settings);
  if (axes !== undefined && !Array.isArray(axes)) refuse(where, 'axes', 'a list of axes', axes);
  for (const [i, axis] of [axes ?? []].flat().entries()) checkAxis(where, `axes[${i}]`, axis);
}

function checkAxis(where: string, member: string, axis: unknown): void {
  if (!isRecord(axis)) refuse(where, member, 'an axis { name, unit, trained, measured, at }', axis);
  const { name, unit, trained, measured, at } = axis;
  if (typeof name !== 'string' || !/^[^=\s]+$/.test(name))
    refuse(where, `${member}.name`, 'a word without =', name);
  if (typeof unit !== 'string') refuse(where, `${member}.unit`, 'a text such as bits', unit);
  const { least, most } = isRecord(trained) ? trained : {};
  if (typeof least !== 'number' || typeof most !== 'number' || !(least <= most))
    refuse(where, `${member}.trained`, '{ least, most }, two numbers in order', trained);
  const sizes: unknown[] = Array.isArray(measured) ? measured : [];
  const rising = sizes.every(
    (size, i) => Number.isSafeInteger(size) && (i === 0 || Number(size) > Number(sizes[i - 1])),
  );
  if (sizes.length === 0 || !rising)
    refuse(where, `${member}.measured`, 'a list of at least one size, integers in rising order', measured);
  if (typeof at !== 'function') refuse(where, `${member}.at`, 'a function from a size to settings', at);
}

function refuse(where: string, member: string, expected: string, got: unknown): never {
  throw new UsageError(`${where}: ${member}: expected ${expected}, got ${textOf(got)}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The task with what was left out. */
function completed(where: string, given: OwnTask): Task {
  const { name, inputSize, outputSize, targets, settings = {}, axes = [] } = given;
  const view: EpisodeView = {
    title: name,
    inputChannels: numbered(inputSize),
    outputChannels: numbered(outputSize),
  };
  const episode: Task['episode'] = (random, override) => {
    const drawn = given.episode(random, override);
    if (!isRecord(drawn)) refuse(where, 'episode()', 'an episode { steps, input, target, mask, … }', drawn);
    return { ...drawn, view: drawn.view ?? view };
  };
  return { name, inputSize, outputSize, settings, axes, episode, ...(targets && { targets }) };
}

function numbered(size: number): string[] {
  return Array.from({ length: size }, (_, i) => String(i));
}

/** A checkpoint holds the settings as JSON. */
function checkPlain(what: string, settings: object): void {
  const written: unknown = JSON.parse(JSON.stringify(settings));
  if (isDeepStrictEqual(written, { ...settings })) return;
  throw new UsageError(`${what}: expected numbers, texts, lists and objects that JSON keeps as they are`);
}

function checkGiven(where: string, { name, settings }: Task, given: Settings, isMade: boolean): void {
  const known = Object.keys(settings);
  for (const [key, value] of Object.entries(given)) {
    const own: unknown = Reflect.get(settings, key);
    if (isDeepStrictEqual(own, value)) continue;
    const it = known.includes(key)
      ? `its ${key} is ${JSON.stringify(own)}`
      : `it has ${known.length === 0 ? 'no settings' : known.join(', ')}`;
    const why = isMade ? '' : '; export a function from settings to a task, so that they can be given';
    throw new UsageError(
      `${where}: expected a task '${name}' with ${key} ${JSON.stringify(value)}, but ${it}${why}`,
    );
  }
}

/** A run that is resumed draws what it would have drawn: so a seed must decide all of an episode. */
function checkEpisodes(where: string, task: Task): void {
  const [one, other] = [task, task].map((each) => numbersOf(each.episode(createRandom(LOOK))));
  if (one === undefined) return;
  checkEpisode(`${where}: episode`, one, task.targets);
  for (const size of ['inputSize', 'outputSize'] as const) {
    if (one[size] !== task[size])
      refuse(where, `episode.${size}`, `${task[size]}, as the task has it`, one[size]);
  }
  if (isDeepStrictEqual(one, other)) return;
  throw new UsageError(
    `${where}: expected the same episode of the same seed, got two that differ; take all chance from the random ` +
      'stream that episode(random) is given',
  );
}

function numbersOf({ steps, inputSize, outputSize, input, target, mask }: Episode): EpisodeNumbers {
  return { steps, inputSize, outputSize, input, target, mask };
}
