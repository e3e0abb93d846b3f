import { asCube, checkFunction, checkObject, checkShape, TapeheadError, textOf } from '@tapehead/core';
import { backwardOf, forwardOf } from '@tapehead/core/kernels';
import {
  add,
  engine,
  type NamedTensorMap,
  type Scalar,
  sum,
  Tensor,
  type Tensor3D,
  type Variable,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { SequenceSettings } from './fused/op.js';
import type { SequenceCall } from './fused/packed.js';

/** A cost of the logits, and where it has one, a way to its slope that takes no tape. */
export interface SequenceCost {
  (logits: Tensor3D): Scalar;
  /** The cost and its slope, `[batch, time, outputSize]`. */
  readonly andSlope?: (logits: Tensor3D) => { value: Scalar; slope: Tensor };
}

/** A cost, and its gradients by the variables' own names. */
export type CostGradients = { value: Scalar; grads: NamedTensorMap };

/** The gradients of a sequence by the tape of tfjs. Call it in a tidy. */
export function tapedGradients(
  logits: () => Tensor3D,
  cost: SequenceCost,
  trainable: readonly Variable[],
): CostGradients {
  const { value, grads } = taped(logits, cost, trainable);
  return {
    value,
    grads: Object.fromEntries(trainable.map((each, i) => [each.name, grads[i] ?? zerosLike(each)])),
  };
}

/**
 * The same in two kernel calls, with a tape for the cost alone, if it needs one.
 * @param call one whose packed output is the logits alone
 */
export function fusedGradients<S extends SequenceSettings>(
  { op, inputs, settings }: SequenceCall<S>,
  cost: SequenceCost,
  trainable: readonly Variable[],
): CostGradients {
  const { outputs, kept } = forwardOf(op, inputs, settings, 'kept');
  const logits = asCube(outputs[0]);
  if (trainable.length === 0) return { value: scalarOf(cost(logits)), grads: {} };
  const { value, slope, direct = [] } = slopeOf(cost, logits, trainable);
  const gradients = backwardOf(op, settings, [], kept, [slope]);
  const [, ...learned] = inputs;
  const byVariable = new Map(learned.map((input, i) => [input.id, gradients[i]]));
  const grads: NamedTensorMap = {};
  for (const [i, { id, name }] of trainable.entries()) {
    const gradient = byVariable.get(id);
    if (gradient === undefined)
      throw new Error(`the kernels give a gradient for each variable, not for ${name}`);
    const besides = direct[i];
    grads[name] = besides ? add(gradient, besides) : gradient;
  }
  return { value, grads };
}

/** `direct` are the gradients of a cost that takes variables themselves too, such as the sum of their squares. */
function slopeOf(
  cost: SequenceCost,
  logits: Tensor3D,
  trainable: readonly Variable[],
): { value: Scalar; slope: Tensor; direct?: (Tensor | undefined)[] } {
  if (cost.andSlope !== undefined) {
    checkFunction('cost.andSlope', cost.andSlope);
    const both = cost.andSlope(logits);
    checkObject('cost.andSlope: what it returns', both, '{ value, slope }');
    checkShape('cost.andSlope: slope', both.slope, logits.shape, 'as the logits');
    return { value: scalarOf(both.value), slope: both.slope };
  }
  const { value, grads } = taped(() => logits, cost, [logits, ...trainable]);
  const [slope = zerosLike(logits), ...direct] = grads;
  return { value, slope, direct };
}

/** Without a way from the variables to the cost it has no gradients, and a slip is likelier than a wish. */
function taped(
  logits: () => Tensor3D,
  cost: SequenceCost,
  variables: readonly Tensor[],
): { value: Scalar; grads: (Tensor | undefined)[] } {
  if (variables.length === 0) return { value: scalarOf(cost(logits())), grads: [] };
  let failure: { readonly error: unknown } | undefined;
  const { value, grads } = engine().gradients(
    (): Scalar => {
      const given = logits();
      try {
        return scalarOf(cost(given));
      } catch (error) {
        // tfjs frees what its tape keeps only after a backward pass.
        failure = { error };
        return sum<Scalar>(given);
      }
    },
    [...variables],
    undefined,
    true,
  );
  if (failure !== undefined) throw failure.error;
  const known: (Tensor | undefined)[] = grads;
  if (known.every((each) => !each)) {
    throw new TapeheadError(
      'argument',
      'cost: expected a scalar that depends on the logits by ops with gradients, got one that does not',
    );
  }
  return { value, grads: known.map((each) => each ?? undefined) };
}

function scalarOf(value: unknown): Scalar {
  if (value instanceof Tensor && !value.isDisposed && isScalar(value)) return value;
  throw new TapeheadError('argument', `cost: expected it to return a scalar, got ${textOf(value)}`);
}

function isScalar(value: Tensor): value is Scalar {
  return value.rank === 0 && value.dtype === 'float32';
}
