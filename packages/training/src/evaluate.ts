import { checkInteger, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { batchOf, type Episode, scoredBits } from '@tapehead/tasks';
import { dispose, tidy } from '@tensorflow/tfjs-core';
import { defaultCost } from './costs/builtIn.js';
import { checkCost } from './costs/checkCost.js';
import type { Cost } from './costs/cost.js';
import { countOf } from './costs/count.js';
import { costOfAnswer } from './costs/ofModel.js';
import { answerOf, checkMembers, type SequenceModel } from './model.js';

/** How {@link evaluate} measures. */
export interface EvaluateOptions {
  /** `sigmoidCrossEntropy`, in bits, by default. */
  cost?: Cost;
  /** Sequences that are computed at once, 16 by default. Memory grows with it, not with the number of episodes. */
  batchSize?: number;
}

/** What {@link evaluate} measured. */
export interface Evaluation {
  readonly sequences: number;
  /** The mean cost of the episodes, over what `cost.over` says. */
  readonly cost: number;
  /** The unit of the cost. */
  readonly unit: string;
}

/**
 * The mean cost of a model on episodes. It changes nothing.
 *
 * ```ts
 * const random = createRandom(1000);
 * const episodes = Array.from({ length: 100 }, () => task.episode(random));
 * const { cost, unit } = await evaluate(model, episodes, { cost: meanSquaredError });
 * ```
 * @throws TapeheadError `argument` for what is no model, no cost, no list of episodes or an unknown option; `shape` or
 * `range` for an episode that `checkEpisode` refuses, and where nothing is scored
 */
export async function evaluate(
  model: SequenceModel,
  episodes: readonly Episode[],
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  checkOptions('evaluate', options, ['cost', 'batchSize']);
  const { cost = defaultCost({}), batchSize = 16 } = options;
  checkMembers(model);
  checkCost(cost);
  checkInteger('batchSize', batchSize);
  checkScored(episodes);
  let total = 0;
  for (let i = 0; i < episodes.length; i += batchSize) {
    const part = episodes.slice(i, i + batchSize);
    if (part.some(isScored)) total += countOf(cost.over, part) * (await costOf(model, part, cost));
  }
  return { sequences: episodes.length, cost: total / countOf(cost.over, episodes), unit: cost.unit };
}

const isScored = (episode: Episode): boolean => scoredBits(episode) > 0;

function checkScored(episodes: readonly Episode[]): void {
  if (!Array.isArray(episodes)) {
    throw new TapeheadError('argument', `episodes: expected a list of episodes, got ${textOf(episodes)}`);
  }
  if (episodes.some(isScored)) return;
  throw new TapeheadError(
    'range',
    `episodes: expected at least one with a step that is scored, got ${episodes.length === 0 ? 'none' : 'only others'}`,
  );
}

async function costOf(model: SequenceModel, episodes: readonly Episode[], cost: Cost): Promise<number> {
  const value = tidy(() => {
    const batch = batchOf(episodes, cost.targets);
    return costOfAnswer(cost, model, answerOf(model, batch.input, batch.target), batch, 1);
  });
  try {
    const [mean = Number.NaN] = await value.data<'float32'>();
    return mean;
  } finally {
    dispose(value);
  }
}
