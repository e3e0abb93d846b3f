import { integerAxis } from '../axis.js';
import type { Episode, EpisodeView } from '../episode.js';
import { makeTask } from '../makeTask.js';
import { checkEpisodeSize, checkOrder, checkUnchanged, sizesOf } from '../settings.js';
import type { Task } from '../task.js';
import { bitNames, counted, placeVectors, randomVectors } from '../vectors.js';

/** How large the episodes of {@link copy} are. */
export interface CopySettings {
  /** Bits of a vector. */
  readonly width: number;
  /** The fewest vectors of an episode. */
  readonly minLength: number;
  /** The most vectors of an episode. */
  readonly maxLength: number;
}

const paper: CopySettings = { width: 8, minLength: 1, maxLength: 20 };

/**
 * Copy (Graves et al. 2014, section 4.1): L random vectors of `width` bits, L ~ U{minLength..maxLength}, then a
 * delimiter, then L steps without input in which the vectors are wanted in the same order.
 *
 * An episode has 2L + 1 steps. Input: `inputSize = width + 1` channels, the delimiter alone on the last.
 * Output: `outputSize = width` channels; the mask is 1 in the last L steps.
 * @throws TapeheadError `range` for a size that is no integer of at least 1, `minLength > maxLength` or
 * episodes too large to be drawn,
 * `argument` for an unknown setting
 */
export function copy(settings: Partial<CopySettings> = {}): Task<CopySettings> {
  const own = checked(paper, settings);
  const bits = bitNames(own.width);
  const channels = { inputChannels: [...bits, 'delimiter'], outputChannels: bits };
  return makeTask<CopySettings>({
    name: 'copy',
    inputSize: own.width + 1,
    outputSize: own.width,
    settings: own,
    checked: (override) => ofSameWidth(own, override),
    draw(random, { width, minLength, maxLength }) {
      const length = random.integer(minLength, maxLength);
      const title = `copy: ${counted(length, 'vector')} of ${width} bits`;
      return episodeOf(randomVectors(random, length, width), width, { title, ...channels });
    },
    axes: [
      integerAxis({
        name: 'length',
        unit: 'vectors',
        trained: { least: own.minLength, most: own.maxLength },
        measured: [10, 20, 30, 50, 120],
        at: (length) => ({ minLength: length, maxLength: length }),
      }),
    ],
  });
}

function episodeOf(vectors: Float32Array, width: number, view: EpisodeView): Episode {
  const length = vectors.length / width;
  const [inputSize, outputSize, steps] = [width + 1, width, 2 * length + 1];
  const input = new Float32Array(steps * inputSize);
  placeVectors(input, inputSize, 0, vectors, width);
  input[length * inputSize + width] = 1;
  const target = new Float32Array(steps * outputSize);
  target.set(vectors, (length + 1) * outputSize);
  const mask = new Float32Array(steps).fill(1, length + 1);
  return { steps, inputSize, outputSize, input, target, mask, view };
}

function checked(defaults: CopySettings, settings: Partial<CopySettings>): CopySettings {
  const sizes = sizesOf('copy', defaults, settings);
  checkOrder('copy.minLength', sizes.minLength, 'copy.maxLength', sizes.maxLength);
  checkEpisodeSize('copy', 2 * sizes.maxLength + 1, 2 * sizes.width + 2);
  return sizes;
}

function ofSameWidth(own: CopySettings, override: Partial<CopySettings>): CopySettings {
  const sizes = checked(own, override);
  checkUnchanged('copy', 'width', own, sizes);
  return sizes;
}
