import type { Clip } from './clip.js';
import type { Objective } from './gradients.js';
import {
  decodeSafetensors,
  encodeSafetensors,
  isRecord,
  refuse,
  type Safetensors,
  type StoredTensor,
} from './safetensors.js';
import type { TrainingState } from './state.js';

const FORMAT = 'tapehead.training';
const VERSION = '1';
const PARAMETERS = 'parameters.';
const OPTIMIZER = 'optimizer.';
const COSTS = 'training.costs';

/**
 * A state as the bytes of one safetensors file: tensors `parameters.NAME`, `optimizer.NAME` and `training.costs`;
 * everything else as JSON in the strings of `__metadata__`.
 */
export function encodeCheckpoint(state: TrainingState): Uint8Array<ArrayBuffer> {
  const { model, task, parameters, optimizer, costs, ...counted } = state;
  const { className, config, weights } = optimizer;
  const metadata = {
    format: FORMAT,
    version: VERSION,
    ...(model === undefined ? {} : { model: JSON.stringify(model) }),
    task: JSON.stringify(task),
    optimizer: JSON.stringify({ className, config, weights: weights.map(({ name }) => name) }),
    training: JSON.stringify(counted),
  };
  const tensors = new Map<string, StoredTensor>([[COSTS, { shape: [costs.length], values: costs }]]);
  for (const [name, stored] of Object.entries(parameters)) tensors.set(PARAMETERS + name, stored);
  for (const { name, ...stored } of weights) tensors.set(OPTIMIZER + name, stored);
  return encodeSafetensors({ metadata, tensors });
}

/**
 * Reads what `encodeCheckpoint` wrote.
 * @throws TapeheadError `checkpoint` that says what is wrong with the bytes
 */
export function decodeCheckpoint(bytes: Uint8Array): TrainingState {
  const file = decodeSafetensors(bytes);
  checkFormat(file);
  const model = file.metadata.model === undefined ? undefined : record(file, 'model');
  return {
    model,
    task: taskOf(record(file, 'task')),
    parameters: parametersOf(file),
    optimizer: optimizerOf(file, record(file, 'optimizer')),
    ...countedOf(record(file, 'training')),
    costs: costsOf(file),
  };
}

function checkFormat({ metadata: { format, version } }: Safetensors): void {
  if (format !== FORMAT) {
    refuse(
      `it is a safetensors file, but not of a training run: format is ${JSON.stringify(format)}, not "${FORMAT}"`,
    );
  }
  if (version !== VERSION) {
    refuse(`it has version ${JSON.stringify(version)}, this package reads "${VERSION}"`);
  }
}

function record({ metadata }: Safetensors, key: string): Record<string, unknown> {
  const text = metadata[key];
  if (text === undefined) refuse(`its metadata lack '${key}'`);
  const value = parse(text);
  if (!isRecord(value)) refuse(`its metadata '${key}' are no JSON object`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parametersOf({ tensors }: Safetensors): TrainingState['parameters'] {
  const parameters = [...tensors].filter(([name]) => name.startsWith(PARAMETERS));
  return Object.fromEntries(parameters.map(([name, stored]) => [name.slice(PARAMETERS.length), stored]));
}

function optimizerOf(
  { tensors }: Safetensors,
  { className, config, weights }: Record<string, unknown>,
): TrainingState['optimizer'] {
  if (typeof className !== 'string') wrong('optimizer.className', className);
  if (!isRecord(config)) wrong('optimizer.config', config);
  if (!isListOf(weights, isText)) wrong('optimizer.weights', weights);
  const stored = weights.map((name) => {
    const tensor = tensors.get(OPTIMIZER + name);
    return tensor === undefined ? refuse(`it lacks tensor '${OPTIMIZER}${name}'`) : { name, ...tensor };
  });
  return { className, config, weights: stored };
}

function taskOf({ name, settings }: Record<string, unknown>): TrainingState['task'] {
  if (!isText(name)) wrong('task.name', name);
  if (!isRecord(settings)) wrong('task.settings', settings);
  return { name, settings };
}

function countedOf(
  counted: Record<string, unknown>,
): Pick<TrainingState, 'batchSize' | 'clip' | 'objective' | 'step' | 'sequences' | 'random'> {
  const { batchSize, clip, objective, step, sequences, random } = counted;
  if (!isCount(batchSize) || batchSize === 0) wrong('training.batchSize', batchSize);
  if (!isClip(clip)) wrong('training.clip', clip);
  if (!isObjective(objective)) wrong('training.objective', objective);
  if (!isCount(step)) wrong('training.step', step);
  if (!isCount(sequences)) wrong('training.sequences', sequences);
  if (!isListOf(random, isInteger)) wrong('training.random', random);
  return { batchSize, clip, objective, step, sequences, random };
}

function costsOf({ tensors }: Safetensors): Float64Array {
  const costs = tensors.get(COSTS)?.values;
  return costs instanceof Float64Array ? costs : refuse(`it lacks tensor '${COSTS}' of dtype F64`);
}

function wrong(key: string, value: unknown): never {
  return refuse(`its metadata '${key}' are ${JSON.stringify(value)}`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isCount(value: unknown): value is number {
  return isInteger(value) && value >= 0;
}

function isObjective(value: unknown): value is Objective {
  return value === 'mean' || value === 'sum';
}

function isClip(value: unknown): value is Clip {
  if (value === 'none') return true;
  if (!isRecord(value)) return false;
  const limits = Object.entries(value);
  const [[kind, limit] = ['', 0]] = limits;
  return (
    limits.length === 1 && (kind === 'norm' || kind === 'value') && typeof limit === 'number' && limit > 0
  );
}

function isListOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is T[] {
  return Array.isArray(value) && value.every(isItem);
}
