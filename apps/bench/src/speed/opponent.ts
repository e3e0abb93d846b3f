import type { Contestant } from './contest.js';
import type { Work } from './workload.js';

/** What the work is timed against in the same run: the best of its contestants counts. */
export interface Opponent {
  enter(work: Work): Promise<Contestant[]>;
  close(): Promise<void>;
}
