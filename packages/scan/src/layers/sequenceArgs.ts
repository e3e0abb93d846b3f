import { checkFraction, checkObject, printable, suggestion, TapeheadError, textOf } from '@tapehead/core';
import type { layers, Shape } from '@tensorflow/tfjs-layers';
import { type WeightArgs, weightNames } from './weights.js';

/** What every layer over sequences takes: options of the recurrent layers of `tf.layers`, and those of any layer. */
export interface SequenceLayerArgs
  extends NonNullable<ConstructorParameters<typeof layers.Layer>[0]>,
    WeightArgs {
  /** `false` (default): the output of the last step; `true`: that of every step. */
  readonly returnSequences?: boolean;
  /** Whether to return the last state too, as further outputs. Default `false`. */
  readonly returnState?: boolean;
  /** From the last step to the first; outputs are then in this order, as in tf.layers. Default `false`. */
  readonly goBackwards?: boolean;
  /**
   * Whether each sequence of a batch starts where that of the batch before ended, until `resetStates()`. Default `false`.
   * The layer has to know its batch size: `batchInputShape`.
   */
  readonly stateful?: boolean;
  /**
   * The rate of the inputs that training sets to 0, in [0, 1), the same ones at all steps of a sequence; others are
   * divided by what is left. Default 0.
   */
  readonly dropout?: number;
}

const flags = ['returnSequences', 'returnState', 'goBackwards', 'stateful', 'trainable'] as const;

/** The options that a layer over sequences has besides those of any layer. */
export const sequenceNames: readonly (keyof SequenceLayerArgs)[] = [
  'returnSequences',
  'returnState',
  'goBackwards',
  'stateful',
  'dropout',
  ...weightNames,
];

const ofEveryLayer = [
  'name',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'inputDType',
  'trainable',
  'weights',
  // What loadLayersModel adds.
  'customObjects',
];

const ofCells = 'is not supported; it belongs to a cell of tf.layers';
const oneKernel = (use: string) =>
  `recurrent${use} is not supported; use kernel${use}, which covers all kernels`;

/** What the recurrent layers of tf.layers take and these do not, with what to do. */
const unsupported: Readonly<Record<string, string>> = {
  units: 'units is not supported; the width of the output is outputSize',
  cell: 'cell is not supported; tf.layers.rnn and rnn of @tapehead/scan/layers take cells',
  unroll: 'unroll is not supported; steps are never unrolled',
  activation: `activation ${ofCells}`,
  recurrentActivation: `recurrentActivation ${ofCells}`,
  useBias: `useBias ${ofCells}`,
  unitForgetBias: `unitForgetBias ${ofCells}`,
  implementation: `implementation ${ofCells}`,
  resetAfter: `resetAfter ${ofCells}`,
  recurrentInitializer: oneKernel('Initializer'),
  recurrentRegularizer: oneKernel('Regularizer'),
  recurrentConstraint: oneKernel('Constraint'),
  recurrentDropout: 'recurrentDropout is not supported; dropout sets inputs to 0',
  dropoutFunc: 'dropoutFunc is not supported; use dropout',
  activityRegularizer: 'activityRegularizer is not supported, as in tf.layers',
  inputDim: 'inputDim is not supported; use inputShape',
  inputLength: 'inputLength is not supported; use inputShape',
  constants: 'constants is not supported, as in tf.layers',
  initialState: 'initialState is not supported here; give it to apply(x, { initialState })',
  mask: 'mask is not supported here; give it to apply(x, { mask })',
};

/**
 * Checks what a layer was built with.
 *
 * @param where the function that was called
 * @param own the options that this layer has besides those of every layer over sequences
 * @throws TapeheadError `argument`, `range` or `shape`, naming the option
 */
export function checkSequenceArgs(where: string, args: SequenceLayerArgs, own: readonly string[]): void {
  checkObject(where, args, 'an object of options');
  refuseUnsupported(where, args, own);
  checkNames(where, args, own);
  for (const name of flags) checkFlag(name, args[name]);
  if (args.dropout != null) checkFraction('dropout', args.dropout);
  const { inputShape, batchInputShape } = args;
  if (inputShape != null) checkInputShape('inputShape', inputShape, ['time', 'inputSize']);
  if (batchInputShape != null) {
    checkInputShape('batchInputShape', batchInputShape, ['batch', 'time', 'inputSize']);
  }
}

/** An option that is ignored would be a wrong answer. */
function refuseUnsupported(where: string, args: object, own: readonly string[]): void {
  for (const [name, message] of Object.entries(unsupported)) {
    if (Reflect.get(args, name) == null || own.includes(name)) continue;
    throw new TapeheadError('argument', `${where}: ${message}`);
  }
}

function checkNames(where: string, args: object, own: readonly string[]): void {
  const known = [...own, ...sequenceNames, ...ofEveryLayer];
  const unknown = Object.keys(args).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = suggestion(unknown, known);
  const kinds = `; expected one of its own, such as '${own[0]}', of recurrent layers, such as 'returnSequences', or of every layer`;
  const wanted = near.includes('did you mean') ? near : kinds;
  throw new TapeheadError('argument', `${where}: unknown option '${printable(unknown, 60)}'${wanted}`);
}

function checkFlag(name: string, given: boolean | undefined): void {
  if (given == null || typeof given === 'boolean') return;
  throw new TapeheadError('argument', `${name}: expected true or false, got ${textOf(given)}`);
}

/** Throws unless it is a shape of these axes, of which the last has a size. */
function checkInputShape(name: string, shape: unknown, axes: readonly string[]): void {
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [];
  const isSize = (size: unknown) => typeof size === 'number' && Number.isSafeInteger(size) && size > 0;
  const fits =
    sizes.length === axes.length &&
    sizes.every((size, axis) => isSize(size) || (size === null && axis < axes.length - 1));
  if (fits) return;
  const got = Array.isArray(shape) ? `[${printable(shape.map(String).join(', '), 60)}]` : textOf(shape);
  throw new TapeheadError('shape', `${name}: expected [${axes.join(', ')}], got ${got}`);
}

/** The shapes of x, and of the initial states where they are inputs too. */
export function shapesOf(shape: Shape | Shape[]): readonly Shape[] {
  const shapes: Shape[] = [];
  for (const each of shape) {
    if (Array.isArray(each)) shapes.push(each);
  }
  if (shapes.length > 0) return shapes;
  return [shape.map((size) => (typeof size === 'number' ? size : null))];
}

/** The shape of x: batch, time, inputSize. */
export function sequenceShape(shape: Shape | Shape[]): readonly [number | null, number | null, number] {
  const [one = []] = shapesOf(shape);
  if (one.length === 2) {
    throw new TapeheadError(
      'shape',
      `x: expected [batch, time, inputSize], got [${one.join(', ')}]; a recurrent layer before this one needs returnSequences: true`,
    );
  }
  checkInputShape('inputShape', one.slice(1), ['time', 'inputSize']);
  const [batch = null, time = null, inputSize] = one;
  if (typeof inputSize !== 'number') throw new Error('the shape was checked');
  return [batch, time, inputSize];
}
