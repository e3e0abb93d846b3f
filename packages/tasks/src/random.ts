import { checkInteger, checkWithin, printable, TapeheadError, textOf } from '@tapehead/core';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers whose whole state can be read and restored. */
export interface Random {
  /** A number in [0, 1), a multiple of 2⁻⁵³. */
  uniform(): number;
  /**
   * An integer from `low` to `high`, both included.
   * @throws TapeheadError `range` unless both are integers, `low` is at most `high`, and no more than 2⁵³ − 1 below it
   */
  integer(low: number, high: number): number;
  /**
   * 0, or 1 with probability `one`, ½ by default.
   * @throws TapeheadError `range` for a probability outside [0, 1]
   */
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
  checkInteger('seed', seed, 0, LARGEST_SEED);
  const generator = xoroshiro128plus(seed);
  for (let i = 0; i < WARM_UP; i++) generator.next();
  return randomFrom(generator);
}

/**
 * The random stream that continues where `random.state()` was taken.
 * @throws TapeheadError `argument` unless `state` is four 32-bit integers, not all zero
 */
export function restoreRandom(state: readonly number[]): Random {
  if (!isState(state)) {
    const got = Array.isArray(state) ? printable(`[${state.map(textOf).join(', ')}]`, 60) : textOf(state);
    throw new TapeheadError(
      'argument',
      `state: expected four 32-bit integers, not all zero, from Random.state(), got ${got}`,
    );
  }
  return randomFrom(xoroshiro128plusFromState(state));
}

/** @throws TapeheadError `argument` unless it has the functions of a random stream */
export function checkRandom(name: string, random: Random): void {
  const isRandom =
    typeof random === 'object' &&
    random !== null &&
    [random.uniform, random.integer, random.bit].every((each) => typeof each === 'function');
  if (isRandom) return;
  throw new TapeheadError(
    'argument',
    `${name}: expected a stream of createRandom(seed), got ${textOf(random)}`,
  );
}

function isState(state: readonly number[]): boolean {
  return (
    Array.isArray(state) &&
    state.length === 4 &&
    state.every((word) => Number.isInteger(word) && word === (word | 0)) &&
    state.some(Boolean)
  );
}

function randomFrom(generator: ReturnType<typeof xoroshiro128plus>): Random {
  return {
    uniform: () => uniformFloat64(generator),
    integer(low, high) {
      checkInteger('low', low, Number.MIN_SAFE_INTEGER);
      // A wider range has more integers than a float64 can tell apart.
      checkInteger('high', high, low, Math.min(Number.MAX_SAFE_INTEGER, low + Number.MAX_SAFE_INTEGER));
      return uniformInt(generator, low, high);
    },
    bit(one) {
      // The highest bit: the low bits of xoroshiro128+ are the weak ones.
      if (one === undefined) return generator.next() < 0 ? 1 : 0;
      checkWithin('one', one, 0, 1);
      return uniformFloat64(generator) < one ? 1 : 0;
    },
    state: () => generator.getState(),
  };
}
