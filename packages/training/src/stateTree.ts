import { TapeheadError, textOf } from '@tapehead/core';
import { Tensor, tensor } from '@tensorflow/tfjs-core';
import { isRecord } from './refuse.js';
import { dtypeOf, isShape, type StoredTensor } from './tensorData.js';

/** What a net carries from step to step: tensors, or numbers with a shape, in any nesting of records and arrays. */
export type StateTree<Leaf> = Leaf | StateTree<Leaf>[] | { [name: string]: StateTree<Leaf> };

/** A state as plain data. Each of its tensors has the batch as its first axis. */
export type StoredState = StateTree<StoredTensor>;

type Leaf = Tensor | StoredTensor;

export function isStored(value: unknown): value is StoredTensor {
  return isRecord(value) && isShape(value.shape) && dtypeOf(value.values) !== undefined;
}

const isLeaf = (value: unknown): value is Leaf => value instanceof Tensor || isStored(value);

/** The leaves of a state, by their paths. */
export function* leavesOf(
  state: unknown,
  path = 'state',
  holders: readonly unknown[] = [],
): Generator<[path: string, leaf: Leaf]> {
  if (isLeaf(state)) yield [path, state];
  else {
    const within = [...holders, state];
    for (const [name, part] of partsOf(state, path, holders))
      yield* leavesOf(part, `${path}.${name}`, within);
  }
}

/** The same nesting with each leaf replaced. */
export function mapState<T>(
  state: unknown,
  change: (leaf: Leaf, path: string) => T,
  path = 'state',
  holders: readonly unknown[] = [],
): StateTree<T> {
  if (isLeaf(state)) return change(state, path);
  const within = [...holders, state];
  const parts = partsOf(state, path, holders).map(([name, part]): [string, StateTree<T>] => [
    name,
    mapState(part, change, `${path}.${name}`, within),
  ]);
  return Array.isArray(state) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}

/** @throws TapeheadError `argument` for what is neither a leaf nor holds any, and for what holds itself */
function partsOf(state: unknown, path: string, holders: readonly unknown[]): [string, unknown][] {
  if (holders.includes(state)) {
    throw new TapeheadError('argument', `${path}: expected tensors, got a record or an array that holds it`);
  }
  if (Array.isArray(state) || isRecord(state)) {
    return Object.entries(state).filter(([, part]) => part !== undefined);
  }
  throw new TapeheadError(
    'argument',
    `${path}: expected tensors in records and arrays, as initialState(batch) gives them, got ${textOf(state)}`,
  );
}

/** @throws TapeheadError `argument` or `shape`, by name, unless it is a state of a batch */
export function checkStart(state: unknown, batch: number): void {
  for (const [path, leaf] of leavesOf(state)) {
    if (leaf instanceof Tensor && leaf.isDisposed) {
      throw new TapeheadError('argument', `${path}: expected a tensor, got a tensor that was disposed`);
    }
    if (leaf.shape[0] === batch) continue;
    throw new TapeheadError(
      'shape',
      `${path}: expected ${batch} sequences along the first axis, one for each of batchSize, got shape ` +
        `[${leaf.shape.join(', ')}]`,
    );
  }
}

/** Reads the tensors of a state. They stay the caller's. */
export async function storedState(state: unknown): Promise<StoredState> {
  const values = new Map<string, StoredTensor>();
  for (const [path, leaf] of leavesOf(state)) {
    if (leaf instanceof Tensor) values.set(path, await storedTensor(path, leaf));
  }
  return mapState(state, (leaf, path) => (leaf instanceof Tensor ? (values.get(path) ?? fail(path)) : leaf));
}

async function storedTensor(path: string, leaf: Tensor): Promise<StoredTensor> {
  const values = await leaf.data();
  if (values instanceof Uint8Array) {
    throw new TapeheadError('argument', `${path}: expected numbers, got booleans`);
  }
  return { shape: leaf.shape, values: values.slice() };
}

function fail(path: string): never {
  throw new Error(`${path} was read`);
}

/** New tensors of a state. Call it in a tidy. */
export function tensorsOfState(state: StoredState): StateTree<Tensor> {
  return mapState(state, (leaf) => {
    if (leaf instanceof Tensor) return leaf;
    const { shape, values } = leaf;
    const single = values instanceof Int32Array ? values : Float32Array.from(values);
    return tensor(single, [...shape], values instanceof Int32Array ? 'int32' : 'float32');
  });
}

/** Sequences `from` to `to` of a state. */
export function rowsOfState(state: StoredState, from: number, to: number): StoredState {
  return mapStored(state, ({ shape: [batch = 1, ...rest], values }) => {
    const row = values.length / batch;
    return { shape: [to - from, ...rest], values: values.slice(from * row, to * row) };
  });
}

/** The states of parts of a batch, one behind the other. */
export function joinedStates(parts: readonly StoredState[]): StoredState {
  const [first, ...others] = parts;
  if (first === undefined) return {};
  const byPath = others.map((part) => new Map(leavesOf(part)));
  return mapStored(first, (leaf, path) => {
    const all = [leaf, ...byPath.flatMap((leaves) => storedLeaf(leaves.get(path)))];
    const count = all.reduce((sum, each) => sum + each.values.length, 0);
    const values = leaf.values instanceof Int32Array ? new Int32Array(count) : new Float32Array(count);
    let offset = 0;
    for (const each of all) {
      values.set(each.values, offset);
      offset += each.values.length;
    }
    const batch = all.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
    return { shape: [batch, ...leaf.shape.slice(1)], values };
  });
}

const storedLeaf = (leaf: Leaf | undefined): StoredTensor[] => (isStored(leaf) ? [leaf] : []);

function mapStored(
  state: StoredState,
  change: (leaf: StoredTensor, path: string) => StoredTensor,
): StoredState {
  return mapState(state, (leaf, path) => (isStored(leaf) ? change(leaf, path) : fail(path)));
}

/** Disposes the tensors of a state. */
export function disposeState(state: StateTree<Tensor>): void {
  for (const [, leaf] of leavesOf(state)) if (leaf instanceof Tensor) leaf.dispose();
}
