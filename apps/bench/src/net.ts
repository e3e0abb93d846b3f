import { TapeheadError } from '@tapehead/core';
import {
  type Engine,
  type InitialMemory,
  type InitialShift,
  type InitialWeighting,
  LSTMBaseline,
  type LstmBaselineConfig,
  NTM,
  type NtmConfig,
} from '@tapehead/ntm';
import { createTask, type Task } from '@tapehead/tasks';
import { type Run, restoreParameters, resumeRun, type TrainingState } from '@tapehead/training';
import { type ControllerName, type ModelName, modelOfConfig } from './models.js';

/** A net that this program trains: a Neural Turing Machine, or an LSTM alone. */
export type Net = NTM | LSTMBaseline;

/** What of a net the flags decide. */
export interface NetSettings {
  model: ModelName;
  controllerSize: number;
  layers: number;
  heads: number;
  memorySize: number;
  memoryDim: number;
  initialMemory: InitialMemory;
  initialShift: InitialShift;
  initialWeighting: InitialWeighting;
  seed: number;
}

/** A net for a task, its channels the task's. */
export function buildNet({ inputSize, outputSize }: Task, settings: NetSettings, engine: Engine): Net {
  const { model, controllerSize, layers, heads, memorySize, memoryDim, seed } = settings;
  const { initialMemory, initialShift, initialWeighting } = settings;
  if (model === 'lstm')
    return LSTMBaseline.build({ inputSize, outputSize, layers, size: controllerSize, seed, engine });
  const net = {
    controller: controllerOf(model),
    controllerSize,
    layers,
    numHeads: heads,
    memorySize,
    memoryDim,
    initialMemory,
    initialShift,
    initialWeighting,
    seed,
  };
  return NTM.build({ inputSize, outputSize, ...net, engine });
}

/**
 * The net and the task of a checkpoint.
 * @throws TapeheadError `checkpoint` for parameters that are not those of a net of this program
 */
export function storedNet(state: TrainingState, engine: Engine): { net: Net; task: Task } {
  const task = createTask(state.task.name, state.task.settings);
  const net = netOf(state.model, engine);
  try {
    restoreParameters(net, state.parameters);
    return { net, task };
  } catch (error) {
    net.dispose();
    throw error;
  }
}

/** The run of a checkpoint, which goes on as if it had not stopped. */
export async function resumedRun(state: TrainingState, engine: Engine): Promise<{ net: Net; run: Run }> {
  const net = netOf(state.model, engine);
  return { net, run: await resumeRun({ model: net, state }) };
}

function controllerOf(model: Exclude<ModelName, 'lstm'>): ControllerName {
  return model === 'ntm-lstm' ? 'lstm' : 'feedforward';
}

/** @throws TapeheadError `checkpoint` for a configuration that is none of a net of this program */
export function netOf(config: object | undefined, engine: Engine): Net {
  try {
    if (isBaseline(config)) return LSTMBaseline.build({ ...config, engine });
    if (isMachine(config)) return NTM.build({ ...config, engine });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TapeheadError('checkpoint', `checkpoint: its net cannot be built: ${why}`, { cause });
  }
  throw new TapeheadError(
    'checkpoint',
    'checkpoint: expected that of an NTM with an LSTM or feed-forward controller, or of an LSTM alone',
  );
}

/** The builders check the values themselves. */
function isMachine(
  config: object | undefined,
): config is NtmConfig & { readonly controller: ControllerName } {
  const model = modelOfConfig(config);
  return model !== undefined && model !== 'lstm';
}

function isBaseline(config: object | undefined): config is LstmBaselineConfig {
  return modelOfConfig(config) === 'lstm';
}
