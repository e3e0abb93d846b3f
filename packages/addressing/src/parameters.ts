import {
  checkInteger,
  checkOneOf,
  checkOptions,
  type Floats,
  firstOrder,
  floatsOfShape,
  TapeheadError,
} from '@tapehead/core';
import {
  add,
  reshape,
  sigmoid,
  softmax,
  softplus,
  split,
  squeeze,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
} from '@tensorflow/tfjs-core';
import type { HeadParameters } from './address.js';

/** What squashes keys (and, in a write head, added vectors): the paper does not say; `tanh` keeps them bounded. */
export type KeyActivation = 'tanh' | 'linear';

/** Sizes of a head and how its key is squashed. */
export interface HeadOptions {
  /** M, the length of a key. */
  readonly memoryDim: number;
  /** S, the number of taps of the shift, odd. Default 3: one row back, stay, one row on. */
  readonly shifts?: number;
  /** Default `tanh`. */
  readonly keyActivation?: KeyActivation;
}

/**
 * Raw numbers that one head takes from a net: M for the key, one each for β, g and γ, and S for the shift.
 *
 * @throws TapeheadError `range` for bad sizes, `argument` for an unknown option
 */
export function headSize(options: HeadOptions): number {
  return sizeOf('headSize', options);
}

function sizeOf(where: string, options: HeadOptions): number {
  checkOptions(where, options, ['memoryDim', 'shifts', 'keyActivation']);
  const { memoryDim, shifts = 3, keyActivation = 'tanh' } = options;
  checkOneOf('keyActivation', keyActivation, ['tanh', 'linear']);
  checkInteger('memoryDim', memoryDim);
  checkInteger('shifts', shifts);
  if (shifts % 2 === 0)
    throw new TapeheadError('range', `shifts: expected an odd number of taps, got ${shifts}`);
  return memoryDim + shifts + 3;
}

/** Bounded or as it is. */
export function squashKey<T extends Tensor2D | Tensor3D>(raw: T, activation: KeyActivation): T {
  return activation === 'tanh' ? tanh(raw) : raw;
}

/**
 * Squashes the raw outputs of a net into valid parameters of its heads (Graves et al. 2014, section 3.3):
 * key tanh or linear, `β = softplus`, `g = sigmoid`, `s = softmax`, `γ = 1 + softplus`.
 *
 * @param raw `[batch, heads · (M + S + 3)]`: for each head in turn key (M), beta, gate, shift (S), gamma
 * @param options sizes of a head and the activation of its key
 * @returns parameters with the axis of the heads: key `[batch, heads, M]`, beta, gate and gamma `[batch, heads]`,
 *   shift `[batch, heads, S]`
 * @throws TapeheadError `argument` for what is no numbers and for an unknown option; `shape` where `raw` is not a multiple
 *   of a head's size wide; `range` for bad sizes
 */
export function headParameters(raw: Floats, options: HeadOptions): HeadParameters {
  const size = sizeOf('headParameters', options);
  const { memoryDim, shifts = 3, keyActivation = 'tanh' } = options;
  return tidy(() => {
    const given = floatsOfShape('raw', raw, ['batch', 'heads · (memoryDim + shifts + 3)']);
    const said = firstOrder('headParameters', given);
    const [batch, width] = said.shape;
    if (width % size !== 0) {
      throw new TapeheadError(
        'shape',
        `raw: expected a multiple of ${size} columns (memoryDim ${memoryDim} + shifts ${shifts} + 3 a head), got ${width}`,
      );
    }
    const heads: Tensor3D = reshape(said, [batch, width / size, size]);
    const parts: Tensor3D[] = split(heads, [memoryDim, 1, 1, shifts, 1], 2);
    const [key, beta, gate, shift, gamma] = parts;
    if (!key || !beta || !gate || !shift || !gamma) throw new Error('split gives one tensor for each size');
    return {
      key: squashKey(key, keyActivation),
      beta: squeeze<Tensor2D>(softplus(beta), [2]),
      gate: squeeze<Tensor2D>(sigmoid(gate), [2]),
      shift: softmax(shift),
      gamma: squeeze<Tensor2D>(add(1, softplus(gamma)), [2]),
    };
  });
}
