import { integerAxis } from '../axis.js';
import type { Episode, EpisodeView } from '../episode.js';
import { makeTask } from '../makeTask.js';
import { checkEpisodeSize, checkOrder, checkUnchanged, sizesOf } from '../settings.js';
import type { Task } from '../task.js';
import { bitNames, placeVectors, randomVectors } from '../vectors.js';

/** How large the episodes of {@link prioritySort} are. */
export interface PrioritySortSettings {
  /** Bits of a vector. */
  readonly width: number;
  /** Vectors that come in. */
  readonly vectors: number;
  /** Vectors of them that are wanted: those of the highest priorities. */
  readonly highest: number;
}

const NAME = 'priority-sort';
const paper: PrioritySortSettings = { width: 8, vectors: 20, highest: 16 };

/**
 * Priority sort (Graves et al. 2014, section 4.5): `vectors` random vectors of `width` bits, each with a priority
 * ~ U[−1, 1), then a delimiter, then silence, in which the `highest` of them are wanted, the highest first.
 *
 * An episode has `vectors + 1 + highest` steps. Input: `inputSize = width + 2` channels, the priority and the
 * delimiter on the last two. Output: `outputSize = width` channels; the mask is 1 in the last `highest` steps.
 *
 * The paper does not give the width: 8 is that of copy. It names no delimiter either; here one says that all is in, as
 * in copy. Of vectors of the same priority (as float32) the earlier comes first.
 * @throws TapeheadError `range` for a size that is no integer of at least 1, `highest > vectors` or episodes too large
 * to be drawn, `argument` for an unknown setting
 */
export function prioritySort(settings: Partial<PrioritySortSettings> = {}): Task<PrioritySortSettings> {
  const own = checked(paper, settings);
  const bits = bitNames(own.width);
  const channels = { inputChannels: [...bits, 'priority', 'delimiter'], outputChannels: bits };
  return makeTask<PrioritySortSettings>({
    name: NAME,
    inputSize: own.width + 2,
    outputSize: own.width,
    settings: own,
    checked: (override) => ofSameWidth(own, override),
    draw(random, sizes) {
      const { width, vectors: count, highest } = sizes;
      const vectors = randomVectors(random, count, width);
      const priorities = Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
      const title = `priority sort: the ${highest} highest of ${count} vectors of ${width} bits`;
      return episodeOf(vectors, priorities, sizes, { title, ...channels, text: 'input and answer' });
    },
    axes: [
      integerAxis({
        name: 'vectors',
        unit: 'vectors',
        trained: { least: own.vectors, most: own.vectors },
        measured: [own.vectors],
        at: (vectors) => ({ vectors, highest: Math.min(own.highest, vectors) }),
      }),
    ],
  });
}

function episodeOf(
  vectors: Float32Array,
  priorities: Float32Array,
  { width, vectors: count, highest }: PrioritySortSettings,
  view: EpisodeView,
): Episode {
  const [inputSize, outputSize] = [width + 2, width];
  const answerFrom = count + 1;
  const steps = answerFrom + highest;
  const input = new Float32Array(steps * inputSize);
  placeVectors(input, inputSize, 0, vectors, width);
  for (const [t, priority] of priorities.entries()) input[t * inputSize + width] = priority;
  input[count * inputSize + width + 1] = 1;
  const target = new Float32Array(steps * outputSize);
  for (const [rank, t] of descending(priorities).slice(0, highest).entries()) {
    const vector = vectors.subarray(t * width, (t + 1) * width);
    placeVectors(target, outputSize, answerFrom + rank, vector, width);
  }
  const mask = new Float32Array(steps).fill(1, answerFrom);
  return { steps, inputSize, outputSize, input, target, mask, view };
}

/** The indices of values, the highest first; of equals the first. */
function descending(values: Float32Array): number[] {
  return Array.from(values.keys()).sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
}

function checked(
  defaults: PrioritySortSettings,
  settings: Partial<PrioritySortSettings>,
): PrioritySortSettings {
  const sizes = sizesOf(NAME, defaults, settings);
  checkOrder(`${NAME}.highest`, sizes.highest, `${NAME}.vectors`, sizes.vectors);
  checkEpisodeSize(NAME, sizes.vectors + 1 + sizes.highest, 2 * sizes.width + 3);
  return sizes;
}

function ofSameWidth(
  own: PrioritySortSettings,
  override: Partial<PrioritySortSettings>,
): PrioritySortSettings {
  const sizes = checked(own, override);
  checkUnchanged(NAME, 'width', own, sizes);
  return sizes;
}
