import { printable, TapeheadError } from '@tapehead/core';
import { clone, dispose, type Tensor, Variable } from '@tensorflow/tfjs-core';
import type { WeightAverage } from './average.js';
import { checkIdle } from './busy.js';
import { checkRun, type Run } from './run.js';
import { isConstant } from './schedule.js';
import type { StoredAverage, TrainingState } from './state.js';
import { storedState } from './stateTree.js';
import type { StoredTensor } from './tensorData.js';

/**
 * The run's complete state. Call it between steps: in the body of `for await (… of train(run))`, or outside.
 * @throws TapeheadError `argument` unless it is a run, while a step of the run or of its model is not done, and if the
 * run took a step before this was done
 */
export async function captureState(run: Run): Promise<TrainingState> {
  checkRun('captureState', run);
  checkIdle('captureState', run);
  const { model, task, optimizer, batchSize, clip, objective, step, sequences, random } = run;
  const cost = { name: run.cost.name, unit: run.cost.unit };
  const counted = { batchSize, clip, objective, cost, step, sequences, random, costs: run.costs.slice() };
  const parameters = await readAll(Object.entries(model.parameters));
  const weights = await readWeights(run);
  const later = await readLater(run);
  if (run.step !== step) {
    throw new TapeheadError(
      'argument',
      `captureState: the run went from step ${step} to ${run.step} meanwhile; await captureState before the next step`,
    );
  }
  return {
    model: model.config,
    task: { name: task.name, settings: task.settings },
    parameters: Object.fromEntries(parameters),
    optimizer: { className: optimizer.getClassName(), config: optimizer.getConfig(), weights },
    ...counted,
    ...later,
  };
}

/** What a state leaves out where it is the default. */
async function readLater({
  accumulate,
  schedule,
  average,
  carry,
  state: given,
  carried,
}: Run): Promise<Pick<TrainingState, 'accumulate' | 'schedule' | 'average' | 'carry' | 'state'>> {
  const state = carried ?? given;
  return {
    ...(accumulate === 1 ? {} : { accumulate }),
    ...(isConstant(schedule)
      ? {}
      : { schedule: typeof schedule === 'function' ? 'function' : { ...schedule } }),
    ...(average === undefined ? {} : { average: await readAverage(average) }),
    ...(carry === 'nothing' ? {} : { carry }),
    ...(state === undefined ? {} : { state: await storedState(state) }),
  };
}

async function readAverage({ decay, updates, parameters }: WeightAverage): Promise<StoredAverage> {
  return { decay, updates, parameters: Object.fromEntries(await readAll(Object.entries(parameters))) };
}

async function readWeights({ optimizer, model }: Run): Promise<TrainingState['optimizer']['weights']> {
  const named = await optimizer.getWeights().catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TapeheadError('argument', `optimizer: its state cannot be read: ${printable(why)}`, { cause });
  });
  const read = await readAll(named.map(({ name, tensor }) => [name, tensor]));
  // The optimizer keeps its variables; the step count was made for the caller.
  dispose(named.map(({ tensor }) => tensor).filter((tensor) => !(tensor instanceof Variable)));
  const keyOf = new Map(Object.entries(model.parameters).map(([key, { name }]) => [name, key]));
  return read.map(([name, stored]) => ({ name: renamed(name, keyOf), ...stored }));
}

/** Replaces the part of `name` before its last slash: `names` maps variables to parameters, or the other way. */
export function renamed(name: string, names: ReadonlyMap<string, string>): string {
  const slash = name.lastIndexOf('/');
  const owner = names.get(name.slice(0, slash));
  return slash < 0 || owner === undefined ? name : `${owner}${name.slice(slash)}`;
}

/** Clones first, all at once, so that what is read is of one moment; then reads. */
async function readAll(tensors: [string, Tensor][]): Promise<[string, StoredTensor][]> {
  const clones = tensors.map(([name, tensor]): [string, Tensor] => [name, clone(tensor)]);
  const read = clones.map(async ([name, tensor]): Promise<[string, StoredTensor]> => {
    const values = await tensor.data();
    if (values instanceof Uint8Array)
      throw new TapeheadError('argument', `${name}: expected numbers, got booleans`);
    return [name, { shape: tensor.shape, values: values.slice() }];
  });
  try {
    return await Promise.all(read);
  } finally {
    dispose(clones.map(([, tensor]) => tensor));
  }
}
