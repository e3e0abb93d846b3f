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
import {
  type Cost,
  costNamed,
  type Run,
  restoreParameters,
  resumeRun,
  type SequenceModel,
  type TrainingState,
} from '@tapehead/training';
import { dispose } from '@tensorflow/tfjs-core';
import { registerForModels } from './backend.js';
import { activationFor, type CostFlags, costOf, storedCost } from './costs.js';
import { type ControllerName, modelOfConfig, type NetKind } from './models.js';
import type { ModelGiven, OwnModule } from './own/module.js';
import { noteOf } from './own/note.js';

/** A net that this program builds: a Neural Turing Machine, or an LSTM alone. */
type PaperNet = NTM | LSTMBaseline;

/** A net that this program trains: one that it builds, or the model of a module. */
export type Net = SequenceModel;

/** What of a net the flags decide. */
export interface NetSettings extends CostFlags {
  model: NetKind;
  controllerSize: number;
  layers: number;
  /** Read heads, and as many write heads, where those do not say otherwise. */
  heads: number;
  readHeads?: number | undefined;
  writeHeads?: number | undefined;
  /** Taps of a shift. */
  shifts: number;
  memorySize: number;
  memoryDim: number;
  initialMemory: InitialMemory;
  initialShift: InitialShift;
  initialWeighting: InitialWeighting;
  seed: number;
}

/** A net for a task: the model of its module, or one of the paper. */
export async function netFor(
  task: Task,
  settings: NetSettings,
  engine: Engine,
  own: OwnModule | undefined,
): Promise<Net> {
  if (settings.model !== 'own' || own === undefined) {
    const { outputActivation = activationFor(task, costOf(settings, own)) } = settings;
    return buildNet(task, { ...settings, outputActivation }, engine);
  }
  return ownModel(own, { task, seed: settings.seed, engine });
}

/** The model of a module, whose steps scan may compile. */
export async function ownModel(own: OwnModule, given: ModelGiven): Promise<Net> {
  await registerForModels(given.engine);
  return own.model(given);
}

/** A net of the paper, its channels the task's. */
export function buildNet({ inputSize, outputSize }: Task, settings: NetSettings, engine: Engine): PaperNet {
  const { model, controllerSize, layers, heads, memorySize, memoryDim, seed } = settings;
  const { readHeads = heads, writeHeads = heads, shifts } = settings;
  const { initialMemory, initialShift, initialWeighting, outputActivation = 'sigmoid' } = settings;
  if (model === 'own') throw new TapeheadError('argument', 'model: expected the module that exports it');
  const channels = { inputSize, outputSize, outputActivation };
  if (model === 'lstm')
    return LSTMBaseline.build({ ...channels, layers, size: controllerSize, seed, engine });
  const net = {
    controller: controllerOf(model),
    controllerSize,
    layers,
    readHeads,
    writeHeads,
    shifts,
    memorySize,
    memoryDim,
    initialMemory,
    initialShift,
    initialWeighting,
    seed,
  };
  return NTM.build({ ...channels, ...net, engine });
}

/**
 * The net and the task of a checkpoint.
 * @param own the module of its task, where it is of one
 * @throws TapeheadError `checkpoint` for parameters that are not those of a net of this program
 */
export async function storedNet(
  state: TrainingState,
  engine: Engine,
  own: OwnModule | undefined,
): Promise<{ net: Net; task: Task; cost: Cost }> {
  const task = storedTask(state, own);
  const net = await storedModel(state, task, engine, own);
  try {
    restoreParameters(net, state.parameters);
    const { name } = state.cost;
    return { net, task, cost: storedCost(name, own) ?? costNamed(name) };
  } catch (error) {
    disposeNet(net);
    throw error;
  }
}

/** The run of a checkpoint, which goes on as if it had not stopped. */
export async function resumedRun(
  state: TrainingState,
  engine: Engine,
  own?: OwnModule,
): Promise<{ net: Net; run: Run }> {
  const task = storedTask(state, own);
  const net = await storedModel(state, task, engine, own);
  const cost = storedCost(state.cost.name, own);
  return { net, run: await resumeRun({ model: net, state, ...(own && { task }), ...(cost && { cost }) }) };
}

/** @throws TapeheadError `checkpoint` for a module whose task has another name */
export function storedTask({ task: { name, settings } }: TrainingState, own: OwnModule | undefined): Task {
  if (own === undefined) return createTask(name, settings);
  const task = own.task({ ...settings });
  if (task.name === name) return task;
  throw new TapeheadError(
    'checkpoint',
    `checkpoint: it was trained on the task '${name}', ${own.path} exports '${task.name}'`,
  );
}

async function storedModel(
  state: TrainingState,
  task: Task,
  engine: Engine,
  own: OwnModule | undefined,
): Promise<Net> {
  const isOwn = isOwnModel(state, own);
  if (own === undefined || !isOwn) return netOf(state.model, engine);
  return ownModel(own, { task, seed: seedOf(state.model), engine });
}

/** Whether the net of a checkpoint is the model of a module. */
export function isOwnModel(state: TrainingState, own: OwnModule | undefined): boolean {
  return noteOf(state)?.model ?? (own?.hasModel === true && modelOfConfig(state.model) === undefined);
}

/** Any seed will do, because all parameters are replaced; that of the net, where it tells. */
function seedOf(config: object = {}): number {
  const seed: unknown = Reflect.get(config, 'seed');
  return typeof seed === 'number' ? seed : 1;
}

/** Numbers that training changes. */
export function parametersOf({ parameters, trainable = parameters }: Net): number {
  return Object.values(trainable).reduce((sum, { size }) => sum + size, 0);
}

/** What the sequences of a net run on; a model of a module does not tell. */
export function engineOf(net: Net): 'fused' | 'reference' | 'own' {
  return net instanceof NTM || net instanceof LSTMBaseline ? net.runsOn : 'own';
}

export function disposeNet(net: Net): void {
  if ('dispose' in net && typeof net.dispose === 'function') net.dispose();
  else dispose(Object.values(net.parameters));
}

function controllerOf(model: 'ntm-lstm' | 'ntm-feedforward'): ControllerName {
  return model === 'ntm-lstm' ? 'lstm' : 'feedforward';
}

/** @throws TapeheadError `checkpoint` for a configuration that is none of a net of this program */
export function netOf(config: object | undefined, engine: Engine): PaperNet {
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
