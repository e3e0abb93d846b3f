import type { Axis } from './axis.js';
import type { Episode } from './episode.js';
import { checkRandom, type Random } from './random.js';
import type { Task } from './task.js';

/** A task without the checks that are the same for all. */
export interface TaskParts<Settings extends object> extends Omit<Task<Settings>, 'episode'> {
  readonly settings: Settings;
  /** The settings with an override applied. @throws TapeheadError for an override that makes no sense */
  checked(override: Partial<Settings>): Settings;
  /** Draws an episode of these settings. */
  draw(random: Random, settings: Settings): Episode;
}

/** The task: it checks the random stream, overrides and the sizes of its axes before anything is drawn. */
export function makeTask<Settings extends object>({
  checked,
  draw,
  axes,
  ...described
}: TaskParts<Settings>): Task<Settings> {
  const checkedAxis = (axis: Axis<Settings>): Axis<Settings> => ({
    ...axis,
    at(value) {
      const override = axis.at(value);
      checked(override);
      return override;
    },
  });
  return {
    ...described,
    episode(random, override) {
      checkRandom('random', random);
      return draw(random, override === undefined ? described.settings : checked(override));
    },
    axes: axes.map(checkedAxis),
  };
}
