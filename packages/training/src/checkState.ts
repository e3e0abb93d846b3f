import { isTapeheadError } from '@tapehead/core';
import type { Clip } from './clip.js';
import { checkPlain } from './json.js';
import { checkSizes } from './netSizes.js';
import { isRecord, quoted, refuse, show } from './refuse.js';
import { MOST_SEQUENCES, SOLVED_WINDOW } from './run.js';
import { checkSchedule } from './schedule.js';
import type { TrainingState } from './state.js';
import { checkStart, leavesOf } from './stateTree.js';
import { checkStored, checkValues, dtypeOf, isCount } from './tensorData.js';

/** Counting further stays exact. */
const LARGEST_COUNT = 2 ** 52;

/**
 * What a state has to be, wherever it comes from: a file, a run, or a caller.
 * @throws TapeheadError `checkpoint` that names the member
 */
export function checkState(state: unknown): asserts state is TrainingState {
  if (!isRecord(state)) refuse(`expected a state, got ${show(state)}`);
  const { model, task, parameters, optimizer, notes } = state;
  if (model !== undefined) checkSettings('model', model);
  if (notes !== undefined) checkSettings('notes', notes);
  checkTask(task);
  checkParameters(parameters);
  checkOptimizer(optimizer);
  checkCounted(state);
  checkLater(state);
  checkCosts(state.costs);
  if (isRecord(model)) checkSizes(model, parameters);
}

function checkTask(task: unknown): asserts task is TrainingState['task'] {
  if (!isRecord(task)) refuse(`task: expected a name and settings, got ${show(task)}`);
  if (typeof task.name !== 'string') refuse(`task.name: expected a name, got ${show(task.name)}`);
  checkSettings('task.settings', task.settings);
}

function checkSettings(name: string, settings: unknown): asserts settings is object {
  if (!isRecord(settings)) refuse(`${name}: expected an object of settings, got ${show(settings)}`);
  checkPlain(name, settings);
}

/** @throws TapeheadError `checkpoint` that names the first parameter that is none, or holds a number that is not finite */
export function checkParameters(parameters: unknown): asserts parameters is TrainingState['parameters'] {
  if (!isRecord(parameters)) refuse(`parameters: expected an object of tensors, got ${show(parameters)}`);
  for (const [name, stored] of Object.entries(parameters)) checkFinite(`parameter ${quoted(name)}`, stored);
}

function checkOptimizer(optimizer: unknown): asserts optimizer is TrainingState['optimizer'] {
  if (!isRecord(optimizer)) refuse(`optimizer: expected an object, got ${show(optimizer)}`);
  const { className, config, weights } = optimizer;
  if (typeof className !== 'string') refuse(`optimizer.className: expected a name, got ${show(className)}`);
  checkSettings('optimizer.config', config);
  if (!Array.isArray(weights)) refuse(`optimizer.weights: expected a list, got ${show(weights)}`);
  const names = new Set<string>();
  for (const weight of weights) {
    if (!isRecord(weight) || typeof weight.name !== 'string') {
      refuse(`optimizer.weights: expected tensors with names, got ${show(weight)}`);
    }
    if (names.has(weight.name)) refuse(`it has optimizer state ${quoted(weight.name)} twice`);
    names.add(weight.name);
    checkFinite(`optimizer state ${quoted(weight.name)}`, weight);
  }
}

function checkFinite(what: string, stored: unknown): void {
  checkStored(what, stored);
  checkValues(what, stored.values);
}

function checkCounted({
  batchSize,
  clip,
  objective,
  cost,
  step,
  sequences,
  random,
}: Record<string, unknown>): void {
  if (!isCount(batchSize) || batchSize < 1 || batchSize > MOST_SEQUENCES) {
    refuse(`batchSize: expected an integer from 1 to ${MOST_SEQUENCES}, got ${show(batchSize)}`);
  }
  if (!isClip(clip)) {
    refuse(`clip: expected 'none', or one of norm and value with a limit above 0, got ${clipText(clip)}`);
  }
  if (objective !== 'mean' && objective !== 'sum') {
    refuse(`objective: expected 'mean' or 'sum', got ${show(objective)}`);
  }
  checkCost(cost);
  checkCount('step', step);
  checkCount('sequences', sequences);
  if (sequences < step || (step === 0 && sequences > 0)) {
    refuse(`sequences: ${step} steps cannot have had ${sequences} sequences`);
  }
  checkRandom(random);
}

/** What a state leaves out where it is the default. */
function checkLater({
  accumulate,
  schedule,
  average,
  carry,
  state,
  batchSize,
}: Record<string, unknown>): void {
  if (accumulate !== undefined) {
    if (!isCount(accumulate) || accumulate < 1 || accumulate > Number(batchSize)) {
      refuse(
        `accumulate: expected an integer from 1 to batchSize, ${show(batchSize)}, got ${show(accumulate)}`,
      );
    }
  }
  if (schedule !== undefined && schedule !== 'function') checkStoredSchedule(schedule);
  if (average !== undefined) checkAverage(average);
  if (carry !== undefined && carry !== 'nothing' && carry !== 'state') {
    refuse(`carry: expected 'nothing' or 'state', got ${show(carry)}`);
  }
  if (state !== undefined) checkStoredState(state, Number(batchSize));
}

function checkStoredSchedule(schedule: unknown): void {
  const plain = isRecord(schedule) ? schedule : refuse(`schedule: expected an object, got ${show(schedule)}`);
  asCheckpoint(() => Reflect.apply(checkSchedule, undefined, [plain]));
}

function checkAverage(average: unknown): void {
  if (!isRecord(average)) refuse(`average: expected an object, got ${show(average)}`);
  checkMembers('average', average, ['decay', 'updates', 'parameters']);
  const { decay, updates, parameters } = average;
  if (typeof decay !== 'number' || !(decay >= 0 && decay < 1)) {
    refuse(`average.decay: expected a number in [0, 1), got ${show(decay)}`);
  }
  checkCount('average.updates', updates);
  if (!isRecord(parameters)) refuse(`average.parameters: expected tensors, got ${show(parameters)}`);
  for (const [name, stored] of Object.entries(parameters)) checkFinite(`average of ${quoted(name)}`, stored);
}

/** What is not known here would be lost. */
function checkMembers(name: string, record: object, known: readonly string[]): void {
  const unknown = Object.keys(record).find((each) => !known.includes(each));
  if (unknown !== undefined) refuse(`${name}: unknown member ${quoted(unknown)}`);
}

function checkStoredState(state: unknown, batch: number): void {
  asCheckpoint(() => {
    checkStart(state, batch);
    for (const [path, leaf] of leavesOf(state)) checkFinite(path, leaf);
  });
}

/** The same words about a checkpoint. */
function asCheckpoint(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isTapeheadError(error) || error.code === 'checkpoint') throw error;
    refuse(error.message);
  }
}

/** A name that no cost here has may be one of the caller's. */
function checkCost(cost: unknown): void {
  if (!isRecord(cost) || typeof cost.name !== 'string' || typeof cost.unit !== 'string') {
    refuse(`cost: expected a name and a unit, got ${show(cost)}`);
  }
  checkMembers('cost', cost, ['name', 'unit']);
}

function checkCount(name: string, value: unknown): asserts value is number {
  if (isCount(value) && value <= LARGEST_COUNT) return;
  refuse(`${name}: expected an integer from 0 to 2^52, got ${show(value)}`);
}

/** As `restoreRandom` of @tapehead/tasks takes it. */
function checkRandom(random: unknown): void {
  const words: unknown[] = Array.isArray(random) ? random : [];
  const isWord = (word: unknown) => typeof word === 'number' && word === (word | 0);
  if (words.length === 4 && words.every(isWord) && words.some(Boolean)) return;
  refuse(`random: expected four 32-bit integers, not all zero, got ${show(random)}`);
}

function checkCosts(costs: unknown): void {
  const what = `the costs of ${SOLVED_WINDOW} sequences in a Float64Array`;
  if (dtypeOf(costs) !== 'F64' || !(costs instanceof Float64Array)) {
    refuse(`costs: expected ${what}, got ${show(costs)}`);
  }
  if (costs.length !== SOLVED_WINDOW) refuse(`costs: expected ${what}, got ${costs.length}`);
  checkValues('costs', costs);
}

/** Exactly one of the two limits: which of both would hold, nobody could say. */
function isClip(value: unknown): value is Clip {
  if (value === 'none') return true;
  if (!isRecord(value)) return false;
  const limits = Object.entries(value).filter(([, limit]) => limit !== undefined);
  const [[kind, limit] = ['', 0]] = limits;
  return (
    limits.length === 1 &&
    (kind === 'norm' || kind === 'value') &&
    Number.isFinite(limit) &&
    Number(limit) > 0
  );
}

function clipText(clip: unknown): string {
  return isRecord(clip) ? `an object of ${show(Object.keys(clip))}` : show(clip);
}
