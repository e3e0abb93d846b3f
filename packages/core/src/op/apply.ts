import {
  customGrad,
  engine,
  type GradSaveFunc,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { type Op, takenAgain } from './declare.js';
import type { Kernel, Settings } from './kernel.js';

/** What a forward pass gives. */
export interface Forward {
  readonly outputs: Tensor[];
  /** What the backward pass needs of it beside the inputs; empty where it was not asked for. */
  readonly kept: Tensor[];
}

/** Runs a registered kernel. @returns its outputs */
export function runKernel<S extends Settings>(
  { name }: Kernel<S>,
  tensors: readonly Tensor[],
  settings: S,
): Tensor[] {
  const inputs: NamedTensorMap = {};
  for (const [i, tensor] of tensors.entries()) inputs[i] = tensor;
  const outputs: Tensor | Tensor[] = engine().runKernel(name, inputs, { ...settings });
  return Array.isArray(outputs) ? outputs : [outputs];
}

/**
 * The forward pass alone, in one kernel call.
 * @param history whether a backward pass follows; without, nothing is kept for it
 */
export function forwardOf<S extends Settings>(
  op: Op<S>,
  inputs: readonly Tensor[],
  settings: S,
  history: 'kept' | 'none',
): Forward {
  const all = runKernel(op.forward, inputs, { ...settings, keep: history === 'kept' });
  const count = op.outputs(settings).length;
  return { outputs: all.slice(0, count), kept: all.slice(count) };
}

/**
 * The backward pass, in one kernel call.
 * @param again the inputs that the op takes again
 * @param slopes the gradients of the outputs
 * @returns the gradients of the op's `slopes`, in their order
 */
export function backwardOf<S extends Settings>(
  op: Op<S>,
  settings: S,
  again: readonly Tensor[],
  kept: readonly Tensor[],
  slopes: readonly Tensor[],
): Tensor[] {
  return runKernel(op.backward, [...again, ...kept, ...slopes], settings);
}

/**
 * An op of one output, with its gradient: two kernel calls in training, and one that keeps nothing where no gradient is
 * recorded. Call it in a tidy.
 */
export function applyOp<S extends Settings>(op: Op<S>, inputs: readonly Tensor[], settings: S): Tensor {
  if (!engine().isTapeOn()) return single(forwardOf(op, inputs, settings, 'none').outputs);
  const taped = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const save = given.at(-1);
    const { outputs, kept } = forwardOf(op, inputs, settings, 'kept');
    const again = takenAgain(op, settings, inputs);
    if (typeof save === 'function') save([...again, ...kept]);
    return {
      value: single(outputs),
      gradFunc(slope: Tensor, saved: Tensor[]) {
        refuseSecondOrder(op.name);
        return backwardOf(op, settings, [], saved, [slope]);
      },
    };
  });
  return taped(...inputs);
}

/**
 * An op of several outputs, each of which has a gradient: `registerOp` has told tfjs how it goes back. Call it in a tidy.
 */
function applyOpOfMany<S extends Settings>(op: Op<S>, inputs: readonly Tensor[], settings: S): Tensor[] {
  return forwardOf(op, inputs, settings, engine().isTapeOn() ? 'kept' : 'none').outputs;
}

/** An op whose settings follow from its inputs. Call it in a tidy. */
export function applyTo<S extends Settings>(op: Op<S>, inputs: readonly Tensor[]): Tensor[] {
  const settings = op.settingsOf({}, inputs);
  return op.names !== undefined && op.names.outputs.length > 1
    ? applyOpOfMany(op, inputs, settings)
    : [applyOp(op, inputs, settings)];
}

/**
 * A kernel's backward pass has no gradient of its own. Where a tape is on during a backward pass, somebody wants one.
 * @throws TapeheadError `argument`
 */
export function refuseSecondOrder(op: string): void {
  if (engine().isTapeOn()) throw secondOrder(op);
}

/** The error for a gradient of a gradient. */
export function secondOrder(op: string): TapeheadError {
  return new TapeheadError('argument', `${op}: expected first-order gradients only: kernels have no others`);
}

function single(outputs: readonly Tensor[]): Tensor {
  const [output] = outputs;
  if (output === undefined) throw new Error('the op has an output');
  return output;
}
