import { integerAxis } from '../axis.js';
import type { Episode, EpisodeView } from '../episode.js';
import { makeTask } from '../makeTask.js';
import { checkEpisodeSize, checkOrder, checkUnchanged, sizesOf } from '../settings.js';
import type { Task } from '../task.js';
import { bitNames, counted, placeVectors, randomVectors } from '../vectors.js';

/** How large the episodes of {@link repeatCopy} are. */
export interface RepeatCopySettings {
  /** Bits of a vector. */
  readonly width: number;
  /** The fewest vectors of an episode. */
  readonly minLength: number;
  /** The most vectors of an episode. */
  readonly maxLength: number;
  /** The fewest times that they are wanted. */
  readonly minRepeats: number;
  /** The most times that they are wanted. */
  readonly maxRepeats: number;
}

const paper: RepeatCopySettings = { width: 8, minLength: 1, maxLength: 10, minRepeats: 1, maxRepeats: 10 };

/**
 * Repeat copy (Graves et al. 2014, section 4.2): L random vectors of `width` bits, L ~ U{minLength..maxLength}, then
 * the number of repeats R ~ U{minRepeats..maxRepeats}, then silence, in which the vectors are wanted R times over and
 * after them an end marker.
 *
 * An episode has L + 1 + LR + 1 steps. Input: `inputSize = width + 2` channels, the delimiter and R on the last two.
 * R is scaled to mean 0 and variance 1 over what the task itself draws, which an override does not change; where
 * `minRepeats = maxRepeats` it is 0. Output: `outputSize = width + 1` channels, the end marker on the last; the mask
 * is 1 in the last LR + 1 steps, so that a false end counts, and so do bits beside the marker, wanted as 0.
 *
 * The paper names a channel for R, and no delimiter. Here one comes in the step of R, as in copy: R in the middle of
 * its range is 0, which nobody would see. How the marker is scored it does not say either.
 *
 * The axes are those of its figure 8: one of the two grows, the other stays at the most of training.
 * @throws TapeheadError `range` for a size that is no integer of at least 1, a minimum above its maximum or
 * episodes too large to be drawn,
 * `argument` for an unknown setting
 */
export function repeatCopy(settings: Partial<RepeatCopySettings> = {}): Task<RepeatCopySettings> {
  const own = checked(paper, settings);
  const bits = bitNames(own.width);
  const channels = {
    inputChannels: [...bits, 'delimiter', 'repeats'],
    outputChannels: [...bits, 'end'],
  };
  const scaled = standardScale(own.minRepeats, own.maxRepeats);
  return makeTask<RepeatCopySettings>({
    name: 'repeat-copy',
    inputSize: own.width + 2,
    outputSize: own.width + 1,
    settings: own,
    checked: (override) => ofSameWidth(own, override),
    draw(random, sizes) {
      const length = random.integer(sizes.minLength, sizes.maxLength);
      const repeats = random.integer(sizes.minRepeats, sizes.maxRepeats);
      const title = `repeat copy: ${counted(length, 'vector')} of ${own.width} bits, ${counted(repeats, 'time')}`;
      const vectors = randomVectors(random, length, own.width);
      return episodeOf(vectors, own.width, repeats, scaled(repeats), { title, ...channels });
    },
    axes: [
      integerAxis({
        name: 'length',
        unit: 'vectors',
        trained: { least: own.minLength, most: own.maxLength },
        measured: [10, 12, 15, 20],
        at: (length) => sizeOf(length, own.maxRepeats),
      }),
      integerAxis({
        name: 'repeats',
        unit: 'repeats',
        trained: { least: own.minRepeats, most: own.maxRepeats },
        measured: [10, 12, 15, 20],
        at: (repeats) => sizeOf(own.maxLength, repeats),
      }),
    ],
  });
}

function sizeOf(length: number, repeats: number): Partial<RepeatCopySettings> {
  return { minLength: length, maxLength: length, minRepeats: repeats, maxRepeats: repeats };
}

/** x ↦ (x − E x) / √(var x) for x ~ U{low..high}: var x = ((high − low + 1)² − 1) / 12. */
function standardScale(low: number, high: number): (x: number) => number {
  const mean = (low + high) / 2;
  const deviation = Math.sqrt(((high - low + 1) ** 2 - 1) / 12);
  return (x) => (deviation === 0 ? x - mean : (x - mean) / deviation);
}

function episodeOf(
  vectors: Float32Array,
  width: number,
  repeats: number,
  scaledRepeats: number,
  view: EpisodeView,
): Episode {
  const length = vectors.length / width;
  const [inputSize, outputSize] = [width + 2, width + 1];
  const answerFrom = length + 1;
  const steps = answerFrom + length * repeats + 1;
  const input = new Float32Array(steps * inputSize);
  placeVectors(input, inputSize, 0, vectors, width);
  input.set([1, scaledRepeats], length * inputSize + width);
  const target = new Float32Array(steps * outputSize);
  for (let copy = 0; copy < repeats; copy++) {
    placeVectors(target, outputSize, answerFrom + copy * length, vectors, width);
  }
  target[steps * outputSize - 1] = 1;
  const mask = new Float32Array(steps).fill(1, answerFrom);
  return { steps, inputSize, outputSize, input, target, mask, view };
}

function checked(defaults: RepeatCopySettings, settings: Partial<RepeatCopySettings>): RepeatCopySettings {
  const sizes = sizesOf('repeat-copy', defaults, settings);
  checkOrder('repeat-copy.minLength', sizes.minLength, 'repeat-copy.maxLength', sizes.maxLength);
  checkOrder('repeat-copy.minRepeats', sizes.minRepeats, 'repeat-copy.maxRepeats', sizes.maxRepeats);
  const { width, maxLength, maxRepeats } = sizes;
  checkEpisodeSize('repeat-copy', maxLength + 2 + maxLength * maxRepeats, 2 * width + 4);
  return sizes;
}

function ofSameWidth(own: RepeatCopySettings, override: Partial<RepeatCopySettings>): RepeatCopySettings {
  const sizes = checked(own, override);
  checkUnchanged('repeat-copy', 'width', own, sizes);
  return sizes;
}
