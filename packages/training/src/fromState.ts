import { TapeheadError, textOf } from '@tapehead/core';
import type { Batch } from '@tapehead/tasks';
import {
  clone,
  dispose,
  keep,
  type NamedTensorMap,
  type Scalar,
  Tensor,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { type Answer, answerOf, type SequenceModel } from './model.js';
import type { Start } from './pool.js';
import { mapState, type StateTree, tensorsOfState } from './stateTree.js';

/**
 * The gradients of sequences that start from a state, or whose last state is wanted, by the tape of tfjs. Nothing flows back
 * into the state that is given: backpropagation is truncated there.
 */
export function differentiatedFrom(
  model: SequenceModel,
  { input, target }: Batch,
  costOf: (answer: Answer) => Scalar,
  variables: Variable[],
  { state, final }: Start,
): { value: Scalar; grads: NamedTensorMap; state?: StateTree<Tensor> } {
  const start = state === undefined ? {} : { state: tensorsOfState(state) };
  const kept: Tensor[] = [];
  let last: StateTree<Tensor> | undefined;
  try {
    const { value, grads } = variableGrads(() => {
      const answer = answerOf(model, input, target, start);
      if (final === 'wanted') last = keptState(answer.state, kept);
      return costOf(answer);
    }, variables);
    return { value, grads, ...(last === undefined ? {} : { state: last }) };
  } catch (error) {
    dispose(kept);
    throw error;
  }
}

/** The state as tensors that outlive the tape; they are added to `kept`. */
function keptState(state: unknown, kept: Tensor[]): StateTree<Tensor> {
  if (typeof state !== 'object' || state === null) {
    throw new TapeheadError(
      'argument',
      'model.sequence: expected { logits, state } from a model whose state is carried over, got ' +
        `{ logits } and ${textOf(state)}`,
    );
  }
  return mapState(state, (leaf, path) => {
    if (!(leaf instanceof Tensor)) {
      throw new TapeheadError('argument', `model.sequence: ${path}: expected a tensor, got ${textOf(leaf)}`);
    }
    const own = keep(clone(leaf));
    kept.push(own);
    return own;
  });
}
