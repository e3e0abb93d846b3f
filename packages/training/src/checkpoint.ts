import { checkState } from './checkState.js';
import { parseObject } from './json.js';
import { isRecord, quoted, refuse, show } from './refuse.js';
import { encodeSafetensors, readSafetensors, type Safetensors, type StoredTensor } from './safetensors.js';
import type { TrainingState } from './state.js';
import { isStored, leavesOf, mapState } from './stateTree.js';

const FORMAT = 'tapehead.training';
/** 1 was the same without a checksum. */
const VERSION = '2';
const VERSION_WITHOUT_CHECKSUM = '1';
const PARAMETERS = 'parameters.';
const OPTIMIZER = 'optimizer.';
const AVERAGE = 'average.';
const COSTS = 'training.costs';
const counted = [
  'batchSize',
  'clip',
  'objective',
  'cost',
  'accumulate',
  'schedule',
  'average',
  'carry',
  'step',
  'sequences',
  'random',
];
/** Files from before there was a choice of costs do not name it. */
const COST_OF_OLD_FILES = { name: 'sigmoid-cross-entropy', unit: 'bits' };

/**
 * A state as the bytes of one safetensors file: tensors `parameters.NAME`, `optimizer.NAME` and `training.costs`;
 * everything else as JSON in the strings of `__metadata__`.
 * @throws TapeheadError `checkpoint` that names what `decodeCheckpoint` would refuse
 */
export function encodeCheckpoint(state: TrainingState): Uint8Array<ArrayBuffer> {
  checkState(state);
  const { model, task, parameters, optimizer, costs, notes } = state;
  const { batchSize, clip, objective, cost, step, sequences, random } = state;
  const { className, config, weights } = optimizer;
  const { name, unit } = cost;
  const { accumulate, schedule, average, carry, state: start } = state;
  const later = {
    accumulate,
    schedule,
    average: average && { decay: average.decay, updates: average.updates },
    carry,
  };
  const counted = { batchSize, clip, objective, cost: { name, unit }, ...later, step, sequences, random };
  const metadata = {
    format: FORMAT,
    version: VERSION,
    ...(model === undefined ? {} : { model: JSON.stringify(model) }),
    task: JSON.stringify({ name: task.name, settings: task.settings }),
    optimizer: JSON.stringify({ className, config, weights: weights.map(({ name }) => name) }),
    training: JSON.stringify(counted),
    ...(start === undefined ? {} : { state: JSON.stringify({ state: mapState(start, (_, path) => path) }) }),
    ...(notes === undefined ? {} : { notes: JSON.stringify(notes) }),
  };
  const tensors = new Map<string, StoredTensor>([[COSTS, { shape: [costs.length], values: costs }]]);
  for (const [name, stored] of Object.entries(parameters)) tensors.set(PARAMETERS + name, stored);
  for (const { name, ...stored } of weights) tensors.set(OPTIMIZER + name, stored);
  for (const [key, stored] of Object.entries(average?.parameters ?? {})) tensors.set(AVERAGE + key, stored);
  for (const [path, leaf] of leavesOf(start ?? {})) {
    if (tensors.has(path)) refuse(`state: two of its tensors are named ${quoted(path)}`);
    if (isStored(leaf)) tensors.set(path, leaf);
  }
  return encodeSafetensors({ metadata, tensors });
}

/**
 * Reads what `encodeCheckpoint` wrote, and files of version 1, which have no checksum.
 * @throws TapeheadError `checkpoint` that says what is wrong with the bytes, or names what in them makes no sense: a
 * checksum that differs, a setting out of its range, sizes that contradict the parameters, a number that is not finite
 */
export function decodeCheckpoint(bytes: ArrayBufferLike | ArrayBufferView): TrainingState {
  const file = readSafetensors(bytes);
  checkFormat(file);
  const { average, ...training } = record(file, 'training', counted);
  const start = file.metadata.state === undefined ? {} : { state: startOf(file) };
  const state: unknown = {
    model: file.metadata.model === undefined ? undefined : record(file, 'model'),
    task: record(file, 'task', ['name', 'settings']),
    parameters: parametersOf(file),
    optimizer: optimizerOf(file),
    cost: COST_OF_OLD_FILES,
    ...training,
    ...(average === undefined ? {} : { average: averageOf(file, average) }),
    ...start,
    costs: costsOf(file),
    ...(file.metadata.notes === undefined ? {} : { notes: record(file, 'notes') }),
  };
  checkState(state);
  return state;
}

function checkFormat({
  metadata: { format, version },
  hasChecksum,
}: Safetensors & { readonly hasChecksum: boolean }): void {
  if (format !== FORMAT) {
    refuse(`it is a safetensors file, but not of a training run: format is ${show(format)}, not '${FORMAT}'`);
  }
  if (version !== VERSION && version !== VERSION_WITHOUT_CHECKSUM) {
    refuse(
      `it has version ${show(version)}, this package reads '${VERSION_WITHOUT_CHECKSUM}' and '${VERSION}'`,
    );
  }
  if (version === VERSION && !hasChecksum) refuse('it lacks its checksum');
}

/** @throws TapeheadError `checkpoint` for a name that nothing would read, where `known` lists those that are */
function record({ metadata }: Safetensors, key: string, known?: readonly string[]): Record<string, unknown> {
  const text = metadata[key];
  if (text === undefined) refuse(`its metadata lack '${key}'`);
  const value = parseObject(text, `its metadata '${key}'`);
  const other = Object.keys(value).find((name) => known !== undefined && !known.includes(name));
  if (other !== undefined) refuse(`its metadata '${key}' have ${quoted(other)}, which is not known here`);
  return value;
}

function parametersOf({ tensors }: Safetensors): TrainingState['parameters'] {
  const parameters = [...tensors].filter(([name]) => name.startsWith(PARAMETERS));
  return Object.fromEntries(parameters.map(([name, stored]) => [name.slice(PARAMETERS.length), stored]));
}

function optimizerOf(file: Safetensors): unknown {
  const { tensors } = file;
  const { className, config, weights } = record(file, 'optimizer', ['className', 'config', 'weights']);
  const names: unknown[] = Array.isArray(weights)
    ? weights
    : refuse(`optimizer.weights: expected a list, got ${show(weights)}`);
  const stored = names.map((name) => {
    if (typeof name !== 'string') return refuse(`optimizer.weights: expected names, got ${show(name)}`);
    const tensor = tensors.get(OPTIMIZER + name);
    return tensor === undefined
      ? refuse(`it lacks tensor ${quoted(OPTIMIZER + name)}`)
      : { name, shape: tensor.shape, values: tensor.values };
  });
  const listed = new Set(names);
  for (const name of tensors.keys()) {
    if (!name.startsWith(OPTIMIZER) || listed.has(name.slice(OPTIMIZER.length))) continue;
    refuse(`its tensor ${quoted(name)} is not in the list of its optimizer`);
  }
  return { className, config, weights: stored };
}

function averageOf({ tensors }: Safetensors, average: unknown): unknown {
  if (!isRecord(average)) return average;
  const own = [...tensors].filter(([name]) => name.startsWith(AVERAGE));
  const parameters = Object.fromEntries(own.map(([name, stored]) => [name.slice(AVERAGE.length), stored]));
  return { ...average, parameters };
}

/** The metadata have the nesting of the state, with the names of tensors as its leaves. */
function startOf({ tensors, metadata: { state = '' } }: Safetensors): unknown {
  const place = (part: unknown): unknown => {
    if (typeof part === 'string') return tensors.get(part) ?? refuse(`it lacks tensor ${quoted(part)}`);
    if (Array.isArray(part)) return part.map(place);
    if (!isRecord(part)) return refuse(`its metadata 'state': expected names of tensors, got ${show(part)}`);
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, place(each)]));
  };
  return place(parseObject(state, "its metadata 'state'").state);
}

function costsOf({ tensors }: Safetensors): Float64Array {
  const stored = tensors.get(COSTS);
  if (stored === undefined) refuse(`it lacks tensor '${COSTS}'`);
  if (stored.shape.length !== 1 || stored.values instanceof Int32Array) {
    refuse(`tensor '${COSTS}': expected a list of floating-point numbers`);
  }
  return stored.values instanceof Float64Array ? stored.values : Float64Array.from(stored.values);
}
