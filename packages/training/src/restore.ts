import { TapeheadError } from '@tapehead/core';
import { createTask, restoreRandom, type Task } from '@tapehead/tasks';
import { dispose, type Optimizer, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { adam } from './adam.js';
import { renamed } from './capture.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { type SequenceModel, trainableOf } from './model.js';
import { createRun, type Run } from './run.js';
import { refuse, type StoredTensor } from './safetensors.js';
import type { TrainingState } from './state.js';

/**
 * Puts the parameters of a checkpoint into a net of the same shapes; all that evaluating it needs.
 * @throws TapeheadError `checkpoint` that names the first parameter that is missing, unknown or of another shape,
 * before anything is changed
 */
export function restoreParameters(model: SequenceModel, parameters: TrainingState['parameters']): void {
  checkParameters(model, parameters);
  tidy(() => {
    for (const [name, variable] of Object.entries(model.parameters)) {
      const stored = parameters[name];
      if (stored !== undefined) variable.assign(tensorOf(stored));
    }
  });
}

/**
 * Brings a run to a captured state. Its task, batch size, clip and objective stay what the run was created with; with
 * those of the state, `resumeRun` does it all, training on equals not having stopped, bit for bit.
 * @throws TapeheadError `checkpoint` for parameters that do not fit or another optimizer, before anything is changed
 */
export async function restoreState(run: Run, state: TrainingState): Promise<void> {
  const { className } = state.optimizer;
  if (className !== run.optimizer.getClassName()) {
    refuse(`it was trained with the optimizer ${className}, the run has ${run.optimizer.getClassName()}`);
  }
  if (state.costs.length !== run.costs.length) {
    refuse(`it holds the costs of ${state.costs.length} sequences, expected ${run.costs.length}`);
  }
  checkParameters(run.model, state.parameters);
  checkWeights(run.model, state.optimizer.weights);
  const random = randomOf(state);
  await restoreOptimizer(run, state);
  restoreParameters(run.model, state.parameters);
  run.random = random;
  run.step = state.step;
  run.sequences = state.sequences;
  run.costs.set(state.costs);
}

/** What {@link resumeRun} continues, and with what. */
export interface ResumeOptions {
  /** A net of the shapes that the state was captured from; `state.model` is its configuration. */
  model: SequenceModel;
  state: TrainingState;
  /** Needed where the task is not one of @tapehead/tasks. */
  task?: Task;
  /** Needed where the optimizer was neither `gravesRmsProp` nor `adam`. */
  optimizer?: Optimizer;
}

/**
 * The run of a captured state, with its task, optimizer, batch size, clip and objective. The caller disposes
 * `run.optimizer`, as always.
 * @throws TapeheadError `checkpoint` for a state that does not fit the model; `argument` for a task or an optimizer
 * that is not known here and was not given
 */
export async function resumeRun({
  model,
  state,
  task = createTask(state.task.name, state.task.settings),
  optimizer,
}: ResumeOptions): Promise<Run> {
  const { batchSize, clip, objective } = state;
  const own = optimizer ?? optimizerOf(state.optimizer);
  try {
    const run = createRun({ model, task, optimizer: own, batchSize, clip, objective });
    await restoreState(run, state);
    return run;
  } catch (error) {
    if (optimizer === undefined) own.dispose();
    throw error;
  }
}

function optimizerOf({ className, config }: TrainingState['optimizer']): Optimizer {
  const settings = numbersOf(config);
  if (className === 'GravesRMSProp') return gravesRmsProp(settings);
  if (className === 'ExactAdam') return adam(settings);
  throw new TapeheadError(
    'argument',
    `optimizer: expected one of the class ${className}, which the checkpoint was trained with, got none`,
  );
}

function numbersOf(config: object): Record<string, number> {
  const entries: [string, unknown][] = Object.entries(config);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function checkParameters(model: SequenceModel, parameters: TrainingState['parameters']): void {
  for (const [name, { shape }] of Object.entries(model.parameters)) {
    const stored = parameters[name];
    if (stored === undefined) refuse(`it lacks parameter '${name}' [${shape.join(', ')}] of the net`);
    checkStoredShape(`parameter '${name}'`, stored, shape);
  }
  for (const [name, { shape }] of Object.entries(parameters)) {
    if (model.parameters[name] === undefined) {
      refuse(`its parameter '${name}' [${shape.join(', ')}] is not in the net`);
    }
  }
}

function checkWeights(model: SequenceModel, weights: TrainingState['optimizer']['weights']): void {
  const trainable = trainableOf(model);
  for (const { name, ...stored } of weights) {
    const owner = trainable[name.slice(0, name.lastIndexOf('/'))];
    if (owner !== undefined) checkStoredShape(`optimizer state '${name}'`, stored, owner.shape);
  }
}

function checkStoredShape(what: string, stored: StoredTensor, shape: readonly number[]): void {
  if (stored.shape.join() === shape.join()) return;
  refuse(`${what} has shape [${stored.shape.join(', ')}], the net's has [${shape.join(', ')}]`);
}

function randomOf({ random }: TrainingState): readonly number[] {
  try {
    return restoreRandom(random).state();
  } catch {
    return refuse(`its random state [${random.join(', ')}] is none of @tapehead/tasks`);
  }
}

async function restoreOptimizer(
  { optimizer, model }: Run,
  { optimizer: { weights } }: TrainingState,
): Promise<void> {
  const nameOf = new Map(Object.entries(trainableOf(model)).map(([key, { name }]) => [key, name]));
  const named = weights.map(({ name, ...stored }) => ({
    name: renamed(name, nameOf),
    tensor: tensorOf(stored),
  }));
  try {
    await optimizer.setWeights(named);
  } finally {
    dispose(named.map((each) => each.tensor));
  }
}

function tensorOf({ shape, values }: StoredTensor): Tensor {
  return tensor(values.slice(), [...shape], values instanceof Int32Array ? 'int32' : 'float32');
}
