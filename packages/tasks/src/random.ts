import { checkInteger, TapeheadError } from '@tapehead/core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers whose whole state can be read and restored. */
export interface Random {
  /** A number in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number;
  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number;
  /** 0, or 1 with probability `one`, ½ by default. */
  bit(one?: number): 0 | 1;
  /** What `restoreRandom` needs to continue this stream: four 32-bit integers. */
  state(): readonly number[];
}

const LARGEST_SEED = 2 ** 32 - 1;
/** xoroshiro128+ starts from a state that repeats the seed's bits; these draws mix them. */
const WARM_UP = 64;

/**
 * A random stream from a seed (xoroshiro128+). The same seed gives the same stream on every machine.
 * @param seed an integer from 0 to 2³² − 1
 * @throws TapeheadError `range` for any other seed
 */
export function createRandom(seed: number): Random {
  checkInteger('seed', seed, 0);
  if (seed > LARGEST_SEED) {
    throw new TapeheadError('range', `seed: expected an integer of at most ${LARGEST_SEED}, got ${seed}`);
  }
  const generator = xoroshiro128plus(seed);
  for (let i = 0; i < WARM_UP; i++) generator.next();
  return randomFrom(generator);
}

/**
 * The random stream that continues where `random.state()` was taken.
 * @throws TapeheadError `argument` unless `state` is four 32-bit integers, not all zero
 */
export function restoreRandom(state: readonly number[]): Random {
  const isState = state.length === 4 && state.every((word) => word === (word | 0)) && state.some(Boolean);
  if (!isState) {
    throw new TapeheadError(
      'argument',
      `state: expected four 32-bit integers, not all zero, from Random.state(), got [${state.join(', ')}]`,
    );
  }
  return randomFrom(xoroshiro128plusFromState(state));
}

function randomFrom(generator: ReturnType<typeof xoroshiro128plus>): Random {
  return {
    uniform: () => uniformFloat64(generator),
    integer: (low, high) => uniformInt(generator, low, high),
    // The highest bit: the low bits of xoroshiro128+ are the weak ones.
    bit: (one) => ((one === undefined ? generator.next() < 0 : uniformFloat64(generator) < one) ? 1 : 0),
    state: () => generator.getState(),
  };
}
