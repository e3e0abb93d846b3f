import {
  asCube,
  checkEngine,
  checkObject,
  checkWithin,
  type Engine,
  type EngineOption,
  type Floats,
  firstOrder,
  floatsOfShape,
  kernelFor,
  type RankOf,
  TapeheadError,
} from '@tapehead/core';
import { type Tensor, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkFew, keyOf, memoryOf, tapsOf } from './checks.js';
import { focusOf } from './content.js';
import { addressName } from './fused/name.js';
import { likeGiven, scalarsOf, withHeads } from './heads.js';
import { blendOf } from './interpolate.js';
import { type SharpenOptions, sharperOf } from './sharpen.js';
import { movedBy } from './shift.js';

/**
 * What a head says about where to look. A single head may drop the axis of the heads; beta, gate and gamma may be one
 * number for all.
 */
export type HeadParameters<Vectors extends Floats = Tensor3D, Scalars extends Floats = Tensor> = {
  /** What to look for: `[batch, heads, M]`. */
  readonly key: Vectors;
  /** Key strength β ≥ 0: `[batch, heads]`. */
  readonly beta: Scalars;
  /** Interpolation gate g in [0, 1]: `[batch, heads]`. */
  readonly gate: Scalars;
  /** Distribution over shifts, an odd number of taps: `[batch, heads, S]`. */
  readonly shift: Vectors;
  /** Sharpening γ ≥ 1: `[batch, heads]`. */
  readonly gamma: Scalars;
};

/** A weighting after each of the four stages, `[batch, heads, N]` each; `sharpened` is the head's weighting. */
export type AddressingStages = {
  content: Tensor3D;
  interpolated: Tensor3D;
  shifted: Tensor3D;
  sharpened: Tensor3D;
};

/** What address computes with: all with the axis of the heads, in float32. */
interface Inputs {
  readonly head: HeadParameters<Tensor3D, Tensor2D>;
  readonly memory: Tensor3D;
  readonly previous: Tensor3D;
  /** `previous` with as many axes as it came with. */
  readonly given: Tensor;
}

function inputsOf(head: HeadParameters<Floats, Floats>, memory: Floats, previous: Floats): Inputs {
  checkObject('head', head, '{ key, beta, gate, shift, gamma }');
  const rows = memoryOf(memory);
  const key = keyOf(head.key, rows);
  const beta = scalarsOf('beta', head.beta, key);
  const shape = [...key.shape.slice(0, -1), rows.shape[1]];
  const given = floatsOfShape('previous', previous, shape, 'the shape of content');
  const gate = scalarsOf('gate', head.gate, given);
  const shift = withHeads(tapsOf(head.shift, given));
  const gamma = scalarsOf('gamma', head.gamma, given);
  return {
    head: { key: withHeads(key), beta, gate, shift, gamma },
    memory: rows,
    previous: withHeads(given),
    given,
  };
}

/** How {@link address} computes. `epsilon` has no kernel: with it the reference runs, and `engine: 'fused'` is an error. */
export interface AddressOptions extends EngineOption, SharpenOptions {}

function stagesOf({ head, memory, previous }: Inputs, epsilon: number): AddressingStages {
  const content = focusOf(head.key, memory, head.beta);
  const interpolated = blendOf(head.gate, content, previous);
  const shifted = movedBy(head.shift, interpolated);
  return { content, interpolated, shifted, sharpened: sharperOf(shifted, head.gamma, epsilon) };
}

/**
 * The four stages of addressing, each kept (Graves et al. 2014, figure 2 and equations 5 to 9).
 *
 * @param head what each head says
 * @param memory `[batch, N, M]`
 * @param previous weightings of the step before, `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param options `epsilon` of the sharpening
 * @returns the stages, always with the axis of the heads
 * @throws TapeheadError as {@link address} does
 */
export function addressingStages(
  head: HeadParameters<Floats, Floats>,
  memory: Floats,
  previous: Floats,
  options: SharpenOptions = {},
): AddressingStages {
  checkFew('addressingStages', options, ['epsilon']);
  const { epsilon = 0 } = options;
  checkWithin('epsilon', epsilon, 0, 1);
  return tidy(() => {
    const inputs = inputsOf(head, memory, previous);
    const { content, interpolated, shifted, sharpened } = stagesOf(inputs, epsilon);
    const once = (stage: Tensor3D) => firstOrder('addressingStages', stage);
    return {
      content: once(content),
      interpolated: once(interpolated),
      shifted: once(shifted),
      sharpened: once(sharpened),
    };
  });
}

/**
 * Where each head looks: content, interpolation, shift and sharpening, one after the other
 * (Graves et al. 2014, figure 2 and equations 5 to 9).
 *
 * @param head key, beta, gate, shift and gamma of each head; see {@link headParameters} for raw outputs of a net. What
 * else it holds is not read
 * @param memory `[batch, N, M]`
 * @param previous weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param options `engine`: a kernel where `registerFused` has registered one (`auto`), always, or never; `epsilon` of the
 * sharpening, which has no kernel
 * @returns weightings in the shape of `previous`; each sums to 1, or with `epsilon` to less
 * @throws TapeheadError `argument` for what is no numbers and for an unknown option; `shape` where the shapes do not fit;
 * `range` for sizes that no memory holds and for an epsilon outside [0, 1]; `backend` where `engine` is `fused` and there is
 * no kernel
 */
export function address<Weights extends Floats>(
  head: HeadParameters<Floats, Floats>,
  memory: Floats,
  previous: Weights,
  options?: AddressOptions,
): RankOf<Weights>;
export function address(
  head: HeadParameters<Floats, Floats>,
  memory: Floats,
  previous: Floats,
  options: AddressOptions = {},
): Tensor {
  checkFew('address', options, ['engine', 'epsilon']);
  const { engine = 'auto', epsilon = 0 } = options;
  checkEngine(engine);
  checkWithin('epsilon', epsilon, 0, 1);
  return tidy(() => {
    const inputs = inputsOf(head, memory, previous);
    return likeGiven(inputs.given, weightsOf(inputs, engine, epsilon));
  });
}

/** On one kernel, or stage by stage. */
function weightsOf(inputs: Inputs, engine: Engine, epsilon: number): Tensor3D {
  const { head, memory, previous } = inputs;
  const tensors = [head.key, head.beta, head.gate, head.shift, head.gamma, memory, previous];
  const fused = epsilon === 0 ? kernelFor(engine, addressName, tensors) : noKernel(engine);
  return fused ? asCube(fused(tensors)[0]) : firstOrder('address', stagesOf(inputs, epsilon).sharpened);
}

/** @throws TapeheadError `backend` where `fused` is asked for */
function noKernel(engine: Engine): undefined {
  if (engine !== 'fused') return undefined;
  throw new TapeheadError('backend', "engine: 'fused' is not there: no kernel sharpens with an epsilon");
}
