import { checkShape, checkTensor, TapeheadError, textOf } from '@tapehead/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensor } from './namedTensor.js';

/** The weights of an optimizer, checked: the number of its updates, and what it keeps of each variable, by part. */
export interface StoredWeights {
  readonly iterations: number;
  readonly owners: ReadonlyMap<string, ReadonlyMap<string, Tensor>>;
}

/**
 * Reads what `getWeights` of an optimizer gave: `iter`, then tensors that are named `VARIABLE/PART`, in any order.
 * @throws TapeheadError `argument` or `shape` that names the first weight that is missing, unknown or of another kind
 */
export async function readWeights(
  weights: readonly NamedTensor[],
  parts: readonly string[],
): Promise<StoredWeights> {
  if (!Array.isArray(weights)) refuse(`weights: expected what getWeights() gave, got ${textOf(weights)}`);
  const iterations = await iterationsOf(weights[0]);
  return { iterations, owners: ownersOf(weights.slice(1), parts) };
}

async function iterationsOf(first: NamedTensor | undefined): Promise<number> {
  if (first?.name !== 'iter') {
    refuse(`weights: expected 'iter', the number of updates, first, got ${textOf(first?.name)}`);
  }
  checkTensor("weight 'iter'", first.tensor);
  const [count, ...more] = await first.tensor.data<'float32'>();
  if (more.length > 0 || count === undefined || !Number.isSafeInteger(count) || count < 0) {
    refuse(`weight 'iter': expected one integer of at least 0, got ${textOf(count)}`);
  }
  return count;
}

function ownersOf(
  weights: readonly NamedTensor[],
  parts: readonly string[],
): Map<string, Map<string, Tensor>> {
  const owners = new Map<string, Map<string, Tensor>>();
  for (const weight of weights) {
    const { owner, part } = nameOf(weight, parts);
    const tensors = owners.get(owner) ?? new Map<string, Tensor>();
    if (tensors.has(part)) refuse(`weights: expected '${owner}/${part}' once, got it twice`);
    owners.set(owner, tensors.set(part, weight.tensor));
  }
  for (const [owner, tensors] of owners) checkParts(owner, tensors, parts);
  return owners;
}

function nameOf(weight: NamedTensor, parts: readonly string[]): { owner: string; part: string } {
  const { name } = weight ?? {};
  if (typeof name !== 'string') refuse(`weights: expected { name, tensor }, got ${textOf(weight)}`);
  const slash = name.lastIndexOf('/');
  const [owner, part] = [name.slice(0, slash), name.slice(slash + 1)];
  if (slash <= 0 || !parts.includes(part)) {
    const wanted = parts.map((each) => `VARIABLE/${each}`).join(', ');
    refuse(`weights: expected names like ${wanted}, got ${textOf(name)}`);
  }
  checkTensor(`weight '${name}'`, weight.tensor);
  if (weight.tensor.dtype !== 'float32') {
    refuse(`weight '${name}': expected float32, got ${weight.tensor.dtype}`);
  }
  return { owner, part };
}

function checkParts(owner: string, tensors: ReadonlyMap<string, Tensor>, parts: readonly string[]): void {
  let first: Tensor | undefined;
  for (const part of parts) {
    const tensor = tensors.get(part);
    if (tensor === undefined) refuse(`weights: '${owner}/${part}' is missing`);
    first ??= tensor;
    checkShape(`weight '${owner}/${part}'`, tensor, first.shape, `that of '${owner}/${parts[0]}'`);
  }
}

function refuse(message: string): never {
  throw new TapeheadError('argument', message);
}
