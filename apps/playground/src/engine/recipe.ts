import { experiments } from '@tapehead/bench/experiments';
import { NTM } from '@tapehead/ntm';
import { createTask, taskNames } from '@tapehead/tasks';
import { createRun, gravesRmsProp, type Run, resumeRun, type TrainingState } from '@tapehead/training';
import { copyRun, type RunSettings } from '../run/settings.js';
import { netOf } from './nets.js';

/** A run and the net that it trains. */
export interface Trained {
  readonly net: NTM;
  readonly run: Run;
}

/** The run that `tapehead train` would begin with the same settings. */
export function newRun(settings: RunSettings): Trained {
  const task = createTask(settings.task, settings.taskSettings);
  const { controller, controllerSize, layers, heads, memorySize, memoryDim, seed } = settings;
  const { clip, initialWeighting } = experiments[settings.task].models[`ntm-${controller}`];
  const net = NTM.build({
    inputSize: task.inputSize,
    outputSize: task.outputSize,
    controller,
    controllerSize,
    layers,
    numHeads: heads,
    memorySize,
    memoryDim,
    initialMemory: 'learned',
    initialWeighting,
    seed,
  });
  const { learningRate, rateHalfAfter: halfAfter, decay, batch: batchSize } = settings;
  const optimizer = gravesRmsProp({ learningRate, halfAfter, decay });
  const run = createRun({
    model: net,
    task,
    optimizer,
    batchSize,
    clip,
    objective: 'sum',
    seed,
  });
  return { net, run };
}

/** The run of a checkpoint, which goes on as if it had not stopped. */
export async function resumed(state: TrainingState): Promise<Trained> {
  const net = netOf(state.model);
  try {
    return { net, run: await resumeRun({ model: net, state }) };
  } catch (error) {
    net.dispose();
    throw error;
  }
}

export function disposeRun({ net, run }: Trained): void {
  run.optimizer.dispose();
  net.dispose();
}

/** The settings that a checkpoint was trained with, as far as the page has a name for them. */
export function settingsOf({ model = {}, task, optimizer, batchSize: batch }: TrainingState): RunSettings {
  const known = createTask(task.name);
  const differing = Object.entries(task.settings).filter(
    ([key, value]) => Reflect.get(known.settings, key) !== value,
  );
  const number = (of: object, key: string, otherwise: number): number => {
    const value: unknown = Reflect.get(of, key);
    return typeof value === 'number' ? value : otherwise;
  };
  return {
    ...copyRun,
    task: taskNames.find((name) => name === task.name) ?? copyRun.task,
    taskSettings: Object.fromEntries(differing),
    controller: Reflect.get(model, 'controller') === 'lstm' ? 'lstm' : 'feedforward',
    controllerSize: number(model, 'controllerSize', copyRun.controllerSize),
    layers: number(model, 'layers', copyRun.layers),
    heads: number(model, 'readHeads', copyRun.heads),
    memorySize: number(model, 'memorySize', copyRun.memorySize),
    memoryDim: number(model, 'memoryDim', copyRun.memoryDim),
    seed: number(model, 'seed', copyRun.seed),
    learningRate: number(optimizer.config, 'learningRate', copyRun.learningRate),
    rateHalfAfter: number(optimizer.config, 'halfAfter', copyRun.rateHalfAfter),
    decay: number(optimizer.config, 'decay', copyRun.decay),
    batch,
  };
}
