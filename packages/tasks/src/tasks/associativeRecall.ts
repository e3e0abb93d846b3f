import { checkInteger, TapeheadError } from '@tapehead/core';
import { integerAxis } from '../axis.js';
import type { Episode, EpisodeView } from '../episode.js';
import { makeTask } from '../makeTask.js';
import type { Random } from '../random.js';
import { checkEpisodeSize, checkOrder, checkUnchanged, sizesOf } from '../settings.js';
import type { Task } from '../task.js';
import { bitNames, placeVectors, randomVectors } from '../vectors.js';

/** How large the episodes of {@link associativeRecall} are. */
export interface AssociativeRecallSettings {
  /** Bits of a vector. */
  readonly width: number;
  /** Vectors of an item. */
  readonly itemLength: number;
  /** The fewest items of an episode, at least 2. */
  readonly minItems: number;
  /** The most items of an episode. */
  readonly maxItems: number;
}

const NAME = 'associative-recall';
const paper: AssociativeRecallSettings = { width: 6, itemLength: 3, minItems: 2, maxItems: 6 };

/**
 * Associative recall (Graves et al. 2014, section 4.3): n items, n ~ U{minItems..maxItems}, each of `itemLength`
 * random vectors of `width` bits; then one of them again, any but the last, and the one that followed it is wanted.
 *
 * With k = `itemLength`, an episode has n(k + 1) + (k + 2) + k steps: a delimiter before each item, then the query
 * between two query delimiters, then k steps without input. Input: `inputSize = width + 2` channels, the two
 * delimiters on the last two. Output: `outputSize = width` channels; the mask is 1 in the last k steps.
 *
 * The paper does not say whether two items may be the same. Here they differ, so that a query has one answer.
 * @throws TapeheadError `range` for a size that is no integer of at least 1, `minItems < 2`, `minItems > maxItems`,
 * more items than differ or episodes too large to be drawn, `argument` for an unknown setting
 */
export function associativeRecall(
  settings: Partial<AssociativeRecallSettings> = {},
): Task<AssociativeRecallSettings> {
  const own = checked(paper, settings);
  const { width, itemLength } = own;
  const bits = bitNames(width);
  const channels = { inputChannels: [...bits, 'item', 'query'], outputChannels: bits };
  return makeTask<AssociativeRecallSettings>({
    name: NAME,
    inputSize: width + 2,
    outputSize: width,
    settings: own,
    checked: (override) => ofSameWidth(own, override),
    draw(random, sizes) {
      const count = random.integer(sizes.minItems, sizes.maxItems);
      const items = differentItems(random, count, sizes);
      const query = random.integer(1, count - 1);
      const title = `associative recall: ${count} items, ${query} asked for, ${query + 1} wanted`;
      return episodeOf(items, query, sizes, { title, ...channels, text: 'input and answer' });
    },
    axes: [
      integerAxis(
        {
          name: 'items',
          unit: 'items',
          trained: { least: own.minItems, most: own.maxItems },
          measured: [6, 8, 10, 12, 15, 20],
          at: (items) => {
            checkDifferent('items', items, width, itemLength);
            return { minItems: items, maxItems: items };
          },
        },
        2,
      ),
    ],
  });
}

/** `count` items `[itemLength, width]`, no two the same. */
function differentItems(
  random: Random,
  count: number,
  { width, itemLength }: AssociativeRecallSettings,
): Float32Array[] {
  const items = new Map<string, Float32Array>();
  while (items.size < count) {
    const item = randomVectors(random, itemLength, width);
    const key = item.join('');
    if (!items.has(key)) items.set(key, item);
  }
  return [...items.values()];
}

/** @param query the number of the item that is asked for, the first being 1 */
function episodeOf(
  items: readonly Float32Array[],
  query: number,
  { width, itemLength }: AssociativeRecallSettings,
  view: EpisodeView,
): Episode {
  const [inputSize, outputSize] = [width + 2, width];
  const queryFrom = items.length * (itemLength + 1);
  const answerFrom = queryFrom + itemLength + 2;
  const steps = answerFrom + itemLength;
  const input = new Float32Array(steps * inputSize);
  const target = new Float32Array(steps * outputSize);
  for (const [i, item] of items.entries()) {
    const from = i * (itemLength + 1);
    input[from * inputSize + width] = 1;
    placeVectors(input, inputSize, from + 1, item, width);
    if (i + 1 === query) placeVectors(input, inputSize, queryFrom + 1, item, width);
    if (i === query) placeVectors(target, outputSize, answerFrom, item, width);
  }
  for (const t of [queryFrom, answerFrom - 1]) input[t * inputSize + width + 1] = 1;
  const mask = new Float32Array(steps).fill(1, answerFrom);
  return { steps, inputSize, outputSize, input, target, mask, view };
}

function checked(
  defaults: AssociativeRecallSettings,
  settings: Partial<AssociativeRecallSettings>,
): AssociativeRecallSettings {
  const sizes = sizesOf(NAME, defaults, settings);
  const { width, itemLength, minItems, maxItems } = sizes;
  checkInteger(`${NAME}.minItems`, minItems, 2);
  checkOrder(`${NAME}.minItems`, minItems, `${NAME}.maxItems`, maxItems);
  checkDifferent(`${NAME}.maxItems`, maxItems, width, itemLength);
  checkEpisodeSize(NAME, (maxItems + 2) * (itemLength + 1), 2 * width + 3);
  return sizes;
}

/** @throws TapeheadError `range` if there are not so many different items */
function checkDifferent(name: string, items: number, width: number, itemLength: number): void {
  const different = 2 ** (width * itemLength);
  if (items <= different) return;
  throw new TapeheadError(
    'range',
    `${name}: expected at most ${different}, as many as differ in ${itemLength} × ${width} bits, got ${items}`,
  );
}

function ofSameWidth(
  own: AssociativeRecallSettings,
  override: Partial<AssociativeRecallSettings>,
): AssociativeRecallSettings {
  const sizes = checked(own, override);
  checkUnchanged(NAME, 'width', own, sizes);
  return sizes;
}
