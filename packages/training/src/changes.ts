import { checkShape, checkTensor, TapeheadError, textOf } from '@tapehead/core';
import { cast, engine, mul, type NamedTensorMap, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { NamedTensor } from './namedTensor.js';

/** A variable and the gradient that changes it: float32, of the same shape. */
export interface Change {
  readonly variable: Variable;
  readonly gradient: Tensor;
}

/**
 * What an optimizer was given, checked. A gradient that is null or undefined is left out, as tfjs's `minimize` means it.
 * int32 and bool gradients are cast. Call it in a tidy.
 * @throws TapeheadError `argument` for a name that no variable has, or that comes twice, and for what is no tensor of
 * numbers; `shape` for a gradient of another shape than its variable
 */
export function changesOf(gradients: NamedTensorMap | NamedTensor[]): Change[] {
  const changes: Change[] = [];
  const names = new Set<string>();
  for (const { name, tensor } of namedOf(gradients)) {
    if (names.has(name)) refuse(`gradients: expected one for each variable, got '${name}' twice`);
    names.add(name);
    if (tensor === null || tensor === undefined) continue;
    const [variable, what] = [variableOf(name), `the gradient of '${name}'`];
    checkTensor(what, tensor);
    checkShape(what, tensor, variable.shape, 'that of the variable');
    changes.push({ variable, gradient: floats(tensor) });
  }
  return changes;
}

interface MaybeGradient {
  readonly name: string;
  readonly tensor: Tensor | null | undefined;
}

function namedOf(gradients: NamedTensorMap | NamedTensor[]): readonly MaybeGradient[] {
  if (typeof gradients !== 'object' || gradients === null || 'dataId' in gradients) {
    refuse(`gradients: expected tensors by the names of variables, got ${textOf(gradients)}`);
  }
  if (!Array.isArray(gradients)) {
    return Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
  }
  for (const [i, each] of gradients.entries()) {
    if (typeof each === 'object' && each !== null && typeof each.name === 'string') continue;
    refuse(`gradients[${i}]: expected { name, tensor }, got ${textOf(each)}`);
  }
  return gradients;
}

function variableOf(name: string): Variable {
  const { registeredVariables } = engine();
  const variable = Object.hasOwn(registeredVariables, name) ? registeredVariables[name] : undefined;
  if (variable === undefined) {
    refuse(`gradients: no variable is named ${textOf(name)}; it was disposed, or never made`);
  }
  if (variable.dtype !== 'float32') {
    refuse(`gradients: expected variables of float32, got '${name}' of ${variable.dtype}`);
  }
  return variable;
}

/** Not a cast alone: on the cpu backend that leaves integers behind the tensor. */
function floats(tensor: Tensor): Tensor {
  return tensor.dtype === 'float32' ? tensor : mul(cast(tensor, 'float32'), 1);
}

function refuse(message: string): never {
  throw new TapeheadError('argument', message);
}
