import { checkShape, printable, TapeheadError, textOf } from '@tapehead/core';
import type { Cost } from '@tapehead/tasks';
import { type NamedTensorMap, type Scalar, Tensor, type Tensor3D, Variable } from '@tensorflow/tfjs-core';

/** What can be trained: an NTM of @tapehead/ntm, or any object of yours with these members. */
export interface SequenceModel {
  /** Everything that a checkpoint holds. */
  readonly parameters: Readonly<Record<string, Variable>>;
  /**
   * The parameters that training changes; all, where it is left out. One whose `variable.trainable` is false stays as it
   * is, and does not count in the gradient's norm.
   */
  readonly trainable?: Readonly<Record<string, Variable>>;
  /** Plain JSON from which the same net can be built; a checkpoint carries it. */
  readonly config?: object;
  /**
   * `[batch, time, inputSize]` → logits `[batch, time, outputSize]`, by ops with gradients. A cost that takes the output
   * takes `output` of the same shape, where there is one, and otherwise the logits after `config.outputActivation`.
   */
  sequence(
    input: Tensor3D,
    options?: SequenceStart,
  ): { logits: Tensor3D; output?: Tensor3D; state?: unknown };
  /**
   * A cost of the logits and the gradients of `trainable` by the variables' own names, where the model has a faster
   * way than the tape of tfjs. The caller disposes them.
   */
  differentiate?(input: Tensor3D, cost: Cost): { value: Scalar; grads: NamedTensorMap };
}

/** Where a sequence starts: for a run with a `state`, or one that carries the state over. */
export type SequenceStart = {
  /** Tensors in records and arrays, as `sequence` returns it after the last step; the learned start by default. */
  readonly state?: unknown;
};

/** The parameters that training can change, frozen ones included: whose state an optimizer may hold. */
export function trainableOf(model: SequenceModel): Readonly<Record<string, Variable>> {
  return model.trainable ?? model.parameters;
}

/**
 * Those of {@link trainableOf} that are not frozen at this moment.
 * @throws TapeheadError `argument` where all are frozen, or where one was disposed or is not of float32
 */
export function trainedOf(model: SequenceModel): Readonly<Record<string, Variable>> {
  const entries = Object.entries(trainableOf(model));
  for (const [name, { isDisposed }] of entries) {
    if (isDisposed)
      refuse(`model.parameters['${name}']: expected a variable that is in use, got a disposed one`);
  }
  const trained = entries.filter(([, { trainable }]) => trainable);
  const odd = trained.find(([, { dtype }]) => dtype !== 'float32');
  if (odd !== undefined) {
    refuse(
      `model.parameters['${odd[0]}']: expected a variable of float32 to train, got ${odd[1].dtype}; ` +
        'leave it out of model.trainable, or set its trainable to false',
    );
  }
  if (trained.length === 0) {
    refuse('model: expected at least one parameter to train, got none whose variable.trainable is true');
  }
  return Object.fromEntries(trained);
}

/** Freezes all but those of these names, as another thread has them. */
export function freezeAllBut(model: SequenceModel, names: readonly string[]): void {
  for (const [name, variable] of Object.entries(trainableOf(model)))
    variable.trainable = names.includes(name);
}

/** @throws TapeheadError `argument` unless it has the members of a model, and something to train */
export function checkModel(model: SequenceModel): void {
  checkMembers(model);
  trainedOf(model);
}

/** @throws TapeheadError `argument` unless it has the members of a model; all of it may be frozen */
export function checkMembers(model: SequenceModel): void {
  if (typeof model !== 'object' || model === null) {
    refuse(`model: expected one with parameters and sequence, such as NTM.build(…), got ${textOf(model)}`);
  }
  checkVariables('model.parameters', model.parameters);
  for (const [name, { isDisposed }] of Object.entries(model.parameters)) {
    if (isDisposed) {
      refuse(
        `model.parameters['${printable(name, 60)}']: expected a variable that is in use, got a disposed one`,
      );
    }
  }
  checkFunction('model.sequence', model.sequence);
  const { config = {} } = model;
  if (typeof config !== 'object' || config === null) {
    refuse(`model.config: expected an object of settings, got ${textOf(config)}`);
  }
  if (model.differentiate !== undefined) checkFunction('model.differentiate', model.differentiate);
  if (model.trainable !== undefined) {
    checkVariables('model.trainable', model.trainable);
    const own = new Set(Object.values(model.parameters));
    for (const [name, variable] of Object.entries(model.trainable)) {
      if (!own.has(variable)) refuse(`model.trainable['${name}']: expected one of model.parameters`);
    }
  }
}

/** What a model answers to an input. */
export type Answer = { logits: Tensor3D; output?: Tensor3D; state?: unknown };

/**
 * What the model answers.
 * @throws TapeheadError `argument` unless it has logits, `shape` for logits or an output of another shape than the target
 */
export function answerOf(
  model: SequenceModel,
  input: Tensor3D,
  target: Tensor3D,
  start?: SequenceStart,
): Answer {
  const answer = start === undefined ? model.sequence(input) : model.sequence(input, start);
  if (typeof answer !== 'object' || answer === null || !(answer.logits instanceof Tensor)) {
    refuse(`model.sequence: expected { logits }, a tensor, got ${textOf(answer)}`);
  }
  checkShape('model.sequence: logits', answer.logits, target.shape, 'that of the target');
  if (answer.output instanceof Tensor) {
    checkShape('model.sequence: output', answer.output, target.shape, 'that of the target');
  }
  return answer;
}

function checkVariables(name: string, variables: Readonly<Record<string, Variable>>): void {
  if (typeof variables !== 'object' || variables === null) {
    refuse(`${name}: expected variables by name, got ${textOf(variables)}`);
  }
  for (const [key, variable] of Object.entries(variables)) {
    if (variable instanceof Variable) continue;
    refuse(`${name}['${printable(key, 60)}']: expected a tf.Variable, got ${textOf(variable)}`);
  }
}

function checkFunction(name: string, given: unknown): void {
  if (typeof given !== 'function') refuse(`${name}: expected a function, got ${textOf(given)}`);
}

function refuse(message: string): never {
  throw new TapeheadError('argument', message);
}
