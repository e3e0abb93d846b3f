import { type EpisodeNumbers, scoredBits } from '@tapehead/tasks';
import type { Objective } from '../gradients.js';
import type { Cost, MeanOver } from './cost.js';

/** What a mean over these episodes divides by. */
export function countOf(over: MeanOver, episodes: readonly EpisodeNumbers[]): number {
  if (over === 'sequences') return episodes.length;
  const numbersOf = (episode: EpisodeNumbers): number =>
    over === 'numbers' ? scoredBits(episode) : scoredBits(episode) / episode.outputSize;
  return episodes.reduce((sum, episode) => sum + numbersOf(episode), 0);
}

/** The weight of a part of the episodes in their mean. */
export function weightOf(
  over: MeanOver,
  part: readonly EpisodeNumbers[],
  all: readonly EpisodeNumbers[],
): number {
  return countOf(over, part) / countOf(over, all);
}

/** The objective of a cost of 1 of these episodes. */
export function objectivePerUnit(
  { over, perUnit = 1 }: Cost,
  objective: Objective,
  episodes: readonly EpisodeNumbers[],
): number {
  const isPerSequence = over === 'sequences';
  if (objective === 'sum') {
    return isPerSequence ? perUnit : (perUnit * countOf(over, episodes)) / episodes.length;
  }
  return isPerSequence ? (perUnit * episodes.length) / Math.max(1, countOf('numbers', episodes)) : perUnit;
}
