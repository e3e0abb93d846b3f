import { createRandom, type Episode, type Random, type Task } from '@tapehead/tasks';
import type { EpisodeSpec } from '../run/episodeSpec.js';
import type { InputBit, OwnInput } from '../run/look.js';
import { usualSize } from '../run/size.js';

type Bit = 0 | 1;

/** The episode of a spec, with the bits that the task drew or was told. */
export function episodeOf(task: Task, spec: EpisodeSpec): { episode: Episode; drawn: Bit[] } {
  const drawn: Bit[] = [];
  const random = saying(createRandom(spec.seed), spec.bits, drawn);
  return { episode: task.episode(random, overrideOf(task, spec)), drawn };
}

/**
 * The settings that make an episode as large as a spec says, on each axis of the task: those of the largest episode of
 * training, and of each axis the ones that it changes.
 */
function overrideOf(task: Task, { size }: EpisodeSpec): object {
  const largest = task.axes.map(({ trained, at }) => at(trained.most));
  const changed = task.axes.map(({ name, trained, at }) => {
    const usual: object = at(trained.most);
    const own: object = at(size[name] ?? usualSize(trained));
    return Object.fromEntries(
      Object.entries(own).filter(([key, value]) => Reflect.get(usual, key) !== value),
    );
  });
  return Object.assign({}, ...largest, ...changed);
}

/** The stream of `random`, but that the first bits are those of `bits`; notes all bits in `drawn`. */
function saying(random: Random, bits: readonly Bit[], drawn: Bit[]): Random {
  return {
    ...random,
    bit(one) {
      const own = random.bit(one);
      const said = bits[drawn.length] ?? own;
      drawn.push(said);
      return said;
    },
  };
}

/** The input, and for each cell that follows a bit drawn by the task, which: found by saying the opposite of each. */
export function ownInputOf(task: Task, spec: EpisodeSpec): OwnInput {
  const { episode, drawn } = episodeOf(task, spec);
  const bits = drawn.flatMap((bit, draw) => {
    const bits = drawn.with(draw, bit === 0 ? 1 : 0);
    const { input } = episodeOf(task, { ...spec, bits }).episode;
    return cellsThatDiffer(episode, input).map((cell) => ({ draw, ...cell }));
  });
  return { channels: episode.view.inputChannels, input: episode.input, bits };
}

function cellsThatDiffer({ input, inputSize }: Episode, other: Float32Array): Omit<InputBit, 'draw'>[] {
  const cells: Omit<InputBit, 'draw'>[] = [];
  input.forEach((value, i) => {
    if (value === other[i]) return;
    cells.push({ step: Math.floor(i / inputSize), channel: i % inputSize });
  });
  return cells;
}
