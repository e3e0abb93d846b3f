import { TapeheadError } from '@tapehead/core';
import { integerAxis } from '../axis.js';
import type { Episode } from '../episode.js';
import { makeTask } from '../makeTask.js';
import type { Random } from '../random.js';
import { checkEpisodeSize, checkOrder, sizesOf } from '../settings.js';
import type { Task } from '../task.js';
import { counted } from '../vectors.js';

/** How large the episodes of {@link dynamicNgrams} are. */
export interface DynamicNgramsSettings {
  /** Bits before a bit that decide how probable it is: n − 1 of an n-gram. */
  readonly context: number;
  /** Bits of an episode. */
  readonly bits: number;
}

const NAME = 'ngrams';
const LARGEST_CONTEXT = 16;
const paper: DynamicNgramsSettings = { context: 5, bits: 200 };

/**
 * Dynamic n-grams (Graves et al. 2014, section 4.4). Each episode draws a table of the probability of a 1 after each of
 * the 2^`context` contexts, ~ Beta(½, ½), and from the table its `bits` bits, the first `context` of them by a fair
 * coin. At each step the next bit is wanted, from the bits so far.
 *
 * An episode has `bits − 1` steps: the input of step t is bit t, its target is bit t + 1, one channel each; the mask is
 * 1 everywhere. The first bit, which nothing tells of, is not asked for. The paper does not say which bits it counts;
 * with these, `optimalBits` is 132.3 bits on average, which is where its figure 13 has the optimum.
 * @throws TapeheadError `range` for a size that is no integer of at least 1, `context >= bits`, `context > 16`
 * or episodes too large to be drawn,
 * `argument` for an unknown setting
 */
export function dynamicNgrams(settings: Partial<DynamicNgramsSettings> = {}): Task<DynamicNgramsSettings> {
  const own = checked(paper, settings);
  return makeTask<DynamicNgramsSettings>({
    name: NAME,
    inputSize: 1,
    outputSize: 1,
    settings: own,
    checked: (override) => checked(own, override),
    draw,
    axes: [
      integerAxis(
        {
          name: 'bits',
          unit: 'bits',
          trained: { least: own.bits, most: own.bits },
          measured: [own.bits],
          at: (bits) => ({ bits }),
        },
        own.context + 1,
      ),
    ],
  });
}

function draw(random: Random, { context, bits }: DynamicNgramsSettings): Episode {
  const table = Float64Array.from({ length: 2 ** context }, () => arcsine(random));
  const drawn = new Float32Array(bits);
  let recent = 0;
  for (let t = 0; t < bits; t++) {
    const one = t < context ? 0.5 : (table[recent] ?? 0.5);
    const bit = random.bit(one);
    drawn[t] = bit;
    recent = withBit(recent, bit, context);
  }
  return {
    steps: bits - 1,
    inputSize: 1,
    outputSize: 1,
    input: drawn.slice(0, -1),
    target: drawn.slice(1),
    mask: new Float32Array(bits - 1).fill(1),
    view: {
      title: `${context + 1}-grams: ${counted(bits, 'bit')}`,
      inputChannels: ['bit'],
      outputChannels: ['next bit'],
    },
  };
}

/** A number ~ Beta(½, ½), which is the arcsine distribution: sin²(πu/2), u ~ U[0, 1). */
function arcsine(random: Random): number {
  return Math.sin((Math.PI / 2) * random.uniform()) ** 2;
}

/** The last `context` bits as a number, `bit` being the last of them. */
export function withBit(recent: number, bit: number, context: number): number {
  return (2 * recent + bit) % 2 ** context;
}

function checked(
  defaults: DynamicNgramsSettings,
  settings: Partial<DynamicNgramsSettings>,
): DynamicNgramsSettings {
  const sizes = sizesOf(NAME, defaults, settings);
  checkContext(`${NAME}.context`, sizes.context);
  checkOrder(`${NAME}.context`, sizes.context, `${NAME}.bits − 1`, sizes.bits - 1);
  checkEpisodeSize(NAME, sizes.bits - 1, 3);
  return sizes;
}

/** @throws TapeheadError `range` if the table would have more than 2¹⁶ contexts */
export function checkContext(name: string, context: number): void {
  if (context <= LARGEST_CONTEXT) return;
  throw new TapeheadError('range', `${name}: expected at most ${LARGEST_CONTEXT}, got ${context}`);
}
