import { isTapeheadError, printable, TapeheadError, textOf } from '@tapehead/core';
import { createTask, type Task } from '@tapehead/tasks';
import { clone, dispose, type Optimizer, type Tensor, tensor, tidy, Variable } from '@tensorflow/tfjs-core';
import { weightAverage } from './average.js';
import { exclusively } from './busy.js';
import { renamed } from './capture.js';
import { checkState, checkParameters as checkStoredParameters } from './checkState.js';
import { checkSameNet, checkSameTask } from './compareSettings.js';
import { builtInCost } from './costs/builtIn.js';
import { checkCost } from './costs/checkCost.js';
import type { Cost } from './costs/cost.js';
import { checkMembers, type SequenceModel, trainableOf } from './model.js';
import type { NamedTensor } from './namedTensor.js';
import { storedOptimizer } from './optimizerSettings.js';
import { weightsFor } from './optimizerState.js';
import { isRecord, quoted, refuse, shapeText } from './refuse.js';
import { checkRun, createRun, type Run } from './run.js';
import { constant, type Schedule } from './schedule.js';
import type { OptimizerWeight, TrainingState } from './state.js';
import { leavesOf, type StoredState } from './stateTree.js';
import { checkValues, dtypeOf, type StoredTensor } from './tensorData.js';

/**
 * Puts the parameters of a checkpoint into a net of the same shapes; all that evaluating it needs. float64 values are
 * rounded to the float32 of the net.
 * @throws TapeheadError `checkpoint` that names the first parameter that is missing, unknown, of another shape or number
 * type, or not finite, before anything is changed; `argument` for what is no model
 */
export function restoreParameters(model: SequenceModel, parameters: TrainingState['parameters']): void {
  checkMembers(model);
  assignAll(tensorsOf(valuesOf(model, parameters)));
}

/**
 * Brings a run to a captured state. Its task, batch size, clip and objective stay what the run was created with; with
 * those of the state, `resumeRun` does it all, training on equals not having stopped, bit for bit.
 * @throws TapeheadError `checkpoint` for a net of other options or shapes, another cost, another optimizer, or optimizer state that does
 * not belong to the parameters; `argument` unless it is a run, and while a step of the run or of its model is not done.
 * Run, net and optimizer are then as they were. No step of them can begin before this is done.
 */
export async function restoreState(run: Run, state: TrainingState): Promise<void> {
  checkRun('restoreState', run);
  await exclusively('restoreState', run, () => restoreIdle(run, state));
}

async function restoreIdle(run: Run, state: TrainingState): Promise<void> {
  checkState(state);
  const { className } = state.optimizer;
  const own = run.optimizer.getClassName();
  if (className !== own) {
    refuse(`it was trained with the optimizer ${printable(className, 60)}, the run has ${own}`);
  }
  checkSameNet(state.model, run.model.config);
  checkSameCost(state.cost, run.cost);
  const values = valuesOf(run.model, state.parameters);
  const weights = weightsFor(run.model, state);
  const averages = averagesFor(state, run);
  if (state.state !== undefined) checkRows(state.state, run);
  const parameters = tensorsOf(values);
  try {
    await restoreOptimizer(run, weights);
  } catch (error) {
    dispose(parameters.map(([, value]) => value));
    throw error;
  }
  assignAll(parameters);
  if (state.average !== undefined) run.average?.restore(state.average.updates, averages);
  run.carried = state.state;
  run.random = [...state.random];
  run.step = state.step;
  run.sequences = state.sequences;
  run.costs.set(state.costs);
}

/** What {@link resumeRun} continues, and with what. */
export interface ResumeOptions {
  /** A net of the options and shapes that the state was captured from; `state.model` is its configuration. */
  model: SequenceModel;
  state: TrainingState;
  /** Needed where the task is not one of @tapehead/tasks. */
  task?: Task;
  /** Needed where the optimizer was neither `gravesRmsProp` nor `adam`. */
  optimizer?: Optimizer;
  /** Needed where the cost was one of your own. */
  cost?: Cost;
  /** Needed where the schedule was a function; it replaces another one. */
  schedule?: Schedule;
}

/**
 * The run of a captured state, with its task, cost, optimizer, batch size, clip and objective. The caller disposes
 * `run.optimizer`, as always, and `run.average` where there is one.
 * @throws TapeheadError `checkpoint` for a state that does not fit the model, naming the option or the tensor, before
 * anything is changed; `argument` for a task, a cost or an optimizer that is not known here and was not given
 */
export async function resumeRun(options: ResumeOptions): Promise<Run> {
  const { model, state, task, optimizer } = checkResumed(options);
  checkState(state);
  const { cost = storedCost(state.cost) } = options;
  checkCost(cost);
  checkSameCost(state.cost, cost);
  checkSameNet(state.model, model.config);
  const { batchSize, clip, objective, accumulate = 1, carry = 'nothing' } = state;
  const { schedule = storedSchedule(state.schedule) } = options;
  const given = { model, task: task ?? storedTask(state.task, model), cost, batchSize, clip, objective };
  const how = { accumulate, carry, schedule };
  const own = optimizer ?? storedOptimizer(state.optimizer);
  const average = state.average && weightAverage({ decay: state.average.decay });
  try {
    const run = createRun({ ...given, ...how, average, optimizer: own });
    await restoreState(run, state);
    return run;
  } catch (error) {
    if (optimizer === undefined) own.dispose();
    average?.dispose();
    throw error;
  }
}

function checkResumed(options: ResumeOptions): ResumeOptions {
  if (isRecord(options) && isRecord(options.model) && isRecord(options.model.parameters)) return options;
  const got = isRecord(options) ? textOf(options.model) : textOf(options);
  throw new TapeheadError('argument', `model: expected a net with parameters, got ${got}`);
}

/** @throws TapeheadError `argument` for a function, which no file holds */
function storedSchedule(schedule: TrainingState['schedule'] = constant): Schedule {
  if (schedule !== 'function') return schedule;
  throw new TapeheadError(
    'argument',
    'schedule: expected the function that the checkpoint was trained with, got none',
  );
}

/** A state has a row for each sequence of a batch. */
function checkRows(state: StoredState, { batchSize }: Run): void {
  for (const [path, { shape }] of leavesOf(state)) {
    if (shape[0] === batchSize) continue;
    refuse(`its ${path} is that of ${shape[0]} sequences, the run has a batchSize of ${batchSize}`);
  }
}

/** Averages go into averages of the same decay and the same parameters. */
function averagesFor({ average }: TrainingState, run: Run): TrainingState['parameters'] {
  if (average === undefined && run.average === undefined) return {};
  if (average === undefined) refuse('it holds no averaged weights, and the run has an average');
  if (run.average === undefined) refuse('it holds averaged weights, and the run has no average');
  if (average.decay !== run.average.decay) {
    refuse(`its averages have the decay ${average.decay}, the average of the run has ${run.average.decay}`);
  }
  const trainable = trainableOf(run.model);
  const averages = Object.entries(average.parameters).map(([name, stored]) => {
    const own = Object.hasOwn(trainable, name) ? trainable[name] : undefined;
    if (own === undefined) refuse(`its average of ${quoted(name)} belongs to no parameter that is trained`);
    return [name, { ...stored, values: valuesFor(`average of ${quoted(name)}`, own, stored) }] as const;
  });
  return Object.fromEntries(averages);
}

/** @throws TapeheadError `argument` for a cost that is not built in */
function storedCost({ name }: TrainingState['cost']): Cost {
  const cost = builtInCost(name);
  if (cost !== undefined) return cost;
  throw new TapeheadError(
    'argument',
    `cost: expected the cost ${quoted(name)}, which the checkpoint was trained with, got none`,
  );
}

/** Costs of another kind say nothing about those to come. */
function checkSameCost(stored: TrainingState['cost'], given: Cost): void {
  for (const member of ['name', 'unit'] as const) {
    if (stored[member] === given[member]) continue;
    const what = member === 'name' ? 'cost' : `cost ${quoted(given.name)} in the unit`;
    refuse(`it was trained with the ${what} ${quoted(stored[member])}, the run has ${quoted(given[member])}`);
  }
}

function storedTask({ name, settings }: TrainingState['task'], { config = {} }: SequenceModel): Task {
  const task = createTask(name, settings);
  checkSameTask(settings, task.settings);
  for (const [size, value] of Object.entries({ inputSize: task.inputSize, outputSize: task.outputSize })) {
    const own: unknown = Reflect.get(config, size);
    if (typeof own !== 'number' || own === value) continue;
    refuse(`its task has ${quoted(size)} ${value}, the net has ${own}`);
  }
  return task;
}

type ValueOf<T> = readonly (readonly [variable: Variable, value: T])[];

/** What each variable of the net is to hold. */
function valuesOf(model: SequenceModel, parameters: TrainingState['parameters']): ValueOf<Values> {
  checkStoredParameters(parameters);
  const values = Object.entries(model.parameters).map(([name, variable]) => {
    const stored = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (stored === undefined) {
      return refuse(`it lacks parameter ${quoted(name)} ${shapeText(variable.shape)} of the net`);
    }
    return [variable, valuesFor(`parameter ${quoted(name)}`, variable, stored)] as const;
  });
  for (const [name, { shape }] of Object.entries(parameters)) {
    if (Object.hasOwn(model.parameters, name)) continue;
    refuse(`its parameter ${quoted(name)} ${shapeText(shape)} is not in the net`);
  }
  return values;
}

function tensorsOf(values: ValueOf<Values>): ValueOf<Tensor> {
  return tidy(() =>
    values.map(([variable, each]) => [variable, tensor(each, variable.shape, numberType(each))] as const),
  );
}

type Values = Float32Array | Int32Array;

function valuesFor(what: string, { shape, dtype, isDisposed }: Variable, stored: StoredTensor): Values {
  if (isDisposed) refuse(`${what} of the net was disposed`);
  if (stored.shape.join() !== shape.join()) {
    refuse(`${what} has shape ${shapeText(stored.shape)}, the net's has ${shapeText(shape)}`);
  }
  const values = singleOf(what, stored.values);
  if (numberType(values) !== dtype) refuse(`${what} holds ${numberType(values)}, the net's holds ${dtype}`);
  return values;
}

/** A copy, in float32 where it was float64. */
function singleOf(what: string, values: StoredTensor['values']): Values {
  if (values instanceof Int32Array) return values.slice();
  const single = Float32Array.from(values);
  checkValues(`${what}, in float32`, single);
  return single;
}

function numberType(values: Values): 'int32' | 'float32' {
  return dtypeOf(values) === 'I32' ? 'int32' : 'float32';
}

function assignAll(values: ValueOf<Tensor>): void {
  for (const [variable, value] of values) {
    variable.assign(value);
    value.dispose();
  }
}

/** Sets the state of the optimizer; if it refuses, it gets back what it had. */
async function restoreOptimizer(
  { optimizer, model }: Run,
  weights: readonly OptimizerWeight[],
): Promise<void> {
  const nameOf = new Map(Object.entries(model.parameters).map(([key, { name }]) => [key, name]));
  const single = weights.map(({ name, shape, values }) => ({
    name: renamed(name, nameOf),
    shape: [...shape],
    values: singleOf(`optimizer state ${quoted(name)}`, values),
  }));
  const wanted = tidy(() =>
    single.map(({ name, shape, values }) => ({ name, tensor: tensor(values, shape, numberType(values)) })),
  );
  const before: NamedTensor[] = [];
  try {
    before.push(...(await copiesOf(optimizer)));
    if (hasCount(before) !== hasCount(wanted)) refuse("it lacks optimizer state 'iter', or has it in excess");
    await optimizer.setWeights(wanted);
  } catch (cause) {
    if (before.length > 0) await optimizer.setWeights(before).catch(() => {});
    if (isTapeheadError(cause) && cause.code === 'checkpoint') throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const problem = `the optimizer ${optimizer.getClassName()} does not take its state: ${printable(why)}`;
    throw new TapeheadError('checkpoint', `checkpoint: ${problem}`, { cause });
  } finally {
    dispose([...wanted, ...before].map((each) => each.tensor));
  }
}

/** tfjs takes the first weight for the count, whatever its name. */
function hasCount([first]: readonly NamedTensor[]): boolean {
  return first?.name === 'iter';
}

async function copiesOf(optimizer: Optimizer): Promise<NamedTensor[]> {
  const weights = await optimizer.getWeights();
  const copies = weights.map((each) => ({ name: each.name, tensor: clone(each.tensor) }));
  // The optimizer keeps its variables; the count was made for the caller.
  dispose(weights.map((each) => each.tensor).filter((each) => !(each instanceof Variable)));
  return copies;
}
