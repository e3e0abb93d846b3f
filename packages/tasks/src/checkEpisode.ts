import { checkInteger, printable, TapeheadError, textOf } from '@tapehead/core';
import type { Episode, EpisodeNumbers } from './episode.js';
import { checkTargets, type Targets } from './targets.js';

/** The largest float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** What the numbers of a part may be. */
interface Allowed {
  readonly text: string;
  readonly low: number;
  readonly high: number;
}

const finite: Allowed = { text: 'finite float32 numbers', low: -LARGEST, high: LARGEST };
const likelihood: Allowed = { text: 'numbers from 0 to 1', low: 0, high: 1 };
const weight: Allowed = { text: 'finite numbers of at least 0', low: 0, high: LARGEST };

/**
 * Refuses an episode whose cost would mean nothing: `batchOf` and training check every episode with this.
 *
 * @param name what the message calls it
 * @param targets what its targets have to be; `bits` by default
 * @throws TapeheadError `argument` for anything but an episode; `shape` for an input, a target or a mask of another
 * length; `range` for an input that is not finite, a target that is not of its kind, a mask that is negative or not finite
 */
export function checkEpisode(name: string, episode: EpisodeNumbers, targets: Targets = 'bits'): void {
  checkTargets('targets', targets);
  if (typeof episode !== 'object' || episode === null) {
    throw new TapeheadError('argument', `${name}: expected an episode, got ${textOf(episode)}`);
  }
  const { steps, inputSize, outputSize, input, target, mask } = episode;
  checkInteger(`${name}.steps`, steps);
  checkInteger(`${name}.inputSize`, inputSize);
  checkInteger(`${name}.outputSize`, outputSize);
  checkPart(`${name}.input`, input, [steps, inputSize], finite);
  checkPart(`${name}.target`, target, [steps, outputSize], targets === 'numbers' ? finite : likelihood);
  checkPart(`${name}.mask`, mask, [steps, 1], weight);
  if (targets === 'classes') checkDistributions(`${name}.target`, episode);
}

/** The sum of a distribution in float32 differs from 1 by the rounding of its parts, which are some 10⁻⁷ each. */
const SUM_TOLERANCE = 1e-4;

/** @throws TapeheadError `range` for a scored step whose targets do not sum to 1 */
function checkDistributions(name: string, { target, mask, outputSize }: EpisodeNumbers): void {
  for (const [step, scored] of mask.entries()) {
    if (scored === 0) continue;
    let sum = 0;
    for (let i = step * outputSize; i < (step + 1) * outputSize; i++) sum += target[i] ?? 0;
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    throw new TapeheadError(
      'range',
      `${name}: expected probabilities of classes, which sum to 1 at a scored step, got a sum of ` +
        `${Number(sum.toPrecision(6))} at step ${step}`,
    );
  }
}

/** @throws TapeheadError as `checkEpisode` does, and `argument` for a view that does not fit the channels */
export function checkViewed(name: string, episode: Episode): void {
  checkEpisode(name, episode);
  const { view, inputSize, outputSize } = episode;
  if (typeof view !== 'object' || view === null || typeof view.title !== 'string') {
    throw new TapeheadError('argument', `${name}.view: expected a title and the names of channels`);
  }
  checkNames(`${name}.view.inputChannels`, view.inputChannels, inputSize);
  checkNames(`${name}.view.outputChannels`, view.outputChannels, outputSize);
}

/** @throws TapeheadError `argument` unless it is a list */
export function checkEpisodes(episodes: readonly EpisodeNumbers[]): void {
  if (Array.isArray(episodes)) return;
  throw new TapeheadError('argument', `episodes: expected a list of episodes, got ${textOf(episodes)}`);
}

/** Whether it is a list of numbers that can be indexed: an array or a typed array. */
export function isList(given: unknown): given is ArrayLike<number> {
  return Array.isArray(given) || (ArrayBuffer.isView(given) && 'length' in given);
}

function checkPart(
  name: string,
  values: ArrayLike<number>,
  [rows, width]: readonly [number, number],
  { text, low, high }: Allowed,
): void {
  if (!isList(values)) {
    throw new TapeheadError('argument', `${name}: expected a Float32Array, got ${textOf(values)}`);
  }
  if (values.length !== rows * width) {
    const product = width === 1 ? `${rows}` : `${rows} × ${width} = ${rows * width}`;
    throw new TapeheadError('shape', `${name}: expected ${product} numbers, got ${values.length}`);
  }
  if (values instanceof Float32Array && areWithin(values, low, high)) return;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === 'number' && value >= low && value <= high) continue;
    const where = `step ${Math.floor(i / width)}, channel ${i % width}`;
    throw new TapeheadError('range', `${name}: expected ${text}, got ${textOf(value)} at ${where}`);
  }
}

/** A loop of its own, over one kind of array, because every number of training passes it. */
function areWithin(values: Float32Array, low: number, high: number): boolean {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!(value >= low && value <= high)) return false;
  }
  return true;
}

function checkNames(name: string, names: readonly string[], count: number): void {
  if (Array.isArray(names) && names.length === count && names.every((each) => typeof each === 'string')) {
    return;
  }
  const got = Array.isArray(names) ? printable(`[${names.map(textOf).join(', ')}]`, 60) : textOf(names);
  throw new TapeheadError('argument', `${name}: expected a name for each of ${count} channels, got ${got}`);
}
