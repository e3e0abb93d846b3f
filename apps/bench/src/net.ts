import { TapeheadError } from '@tapehead/check';
import { type Engine, NTM, type NtmConfig } from '@tapehead/ntm';
import { createTask, type Task } from '@tapehead/tasks';
import { type Run, restoreParameters, resumeRun, type TrainingState } from '@tapehead/training';
import { type ControllerName, type ModelName, modelOfConfig } from './models.js';

/** A net that this program trains. */
export type Net = NTM;

/** What of a net the flags decide. */
export interface NetSettings {
  model: ModelName;
  controllerSize: number;
  layers: number;
  heads: number;
  memorySize: number;
  memoryDim: number;
  initialMemory: 'constant' | 'random' | 'learned';
  seed: number;
}

/** A net for a task, its channels the task's. */
export function buildNet({ inputSize, outputSize }: Task, settings: NetSettings, engine: Engine): Net {
  const { model, controllerSize, layers, heads, memorySize, memoryDim, initialMemory, seed } = settings;
  if (model === 'lstm') throw new TapeheadError('argument', 'model: the LSTM alone is not there yet');
  const net = {
    controller: controllerOf(model),
    controllerSize,
    layers,
    numHeads: heads,
    memorySize,
    memoryDim,
    initialMemory,
    seed,
  };
  return NTM.build({ inputSize, outputSize, ...net, engine });
}

/**
 * The net and the task of a checkpoint.
 * @throws TapeheadError `checkpoint` for parameters that are not those of an NTM of this program
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

type BuildableConfig = NtmConfig & { readonly controller: ControllerName };

/** @throws TapeheadError `checkpoint` for a configuration that is none of an NTM of this program */
export function netOf(config: object | undefined, engine: Engine): Net {
  if (!isBuildable(config)) {
    throw new TapeheadError(
      'checkpoint',
      'checkpoint: expected that of an NTM with an LSTM or feed-forward controller',
    );
  }
  try {
    return NTM.build({ ...config, engine });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TapeheadError('checkpoint', `checkpoint: its net cannot be built: ${why}`, { cause });
  }
}

/** `NTM.build` checks the values themselves. */
function isBuildable(config: object | undefined): config is BuildableConfig {
  return modelOfConfig(config) !== undefined;
}
