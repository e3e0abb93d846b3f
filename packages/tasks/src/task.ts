import type { Axis } from './axis.js';
import type { Episode } from './episode.js';
import type { Random } from './random.js';
import type { Targets } from './targets.js';

/** A kind of sequence to be learned, of which any number of episodes can be drawn. */
export interface Task<Settings extends object = object> {
  readonly name: string;
  /** Channels of an episode's input. */
  readonly inputSize: number;
  /** Channels of an episode's target. */
  readonly outputSize: number;
  readonly settings: Readonly<Settings>;
  /** What the targets of its episodes are; `bits` if not given. Training takes the cost that fits them. */
  readonly targets?: Targets;
  /**
   * Draws one episode.
   * @param override settings that differ for this episode only; those that decide `inputSize` or `outputSize` cannot
   * @throws TapeheadError for an override that the task itself would refuse
   */
  episode(random: Random, override?: Partial<Settings>): Episode;
  /** The ways in which its episodes grow; none where all are of one size. */
  readonly axes: readonly Axis<Settings>[];
}
