import { checkInteger, checkRoom, isTapeheadError, TapeheadError, textOf } from '@tapehead/core';
import {
  checkEpisode,
  checkTargets,
  type Episode,
  type Random,
  scoredBits,
  type Task,
} from '@tapehead/tasks';
import type { Cost } from './costs/cost.js';
import type { Run } from './run.js';

/** @throws TapeheadError unless it has the members of a task */
export function checkTask(task: Task): void {
  if (typeof task !== 'object' || task === null || typeof task.episode !== 'function') {
    refuse(`task: expected one with episode(random), such as copy(), got ${textOf(task)}`);
  }
  if (typeof task.name !== 'string') refuse(`task.name: expected a text, got ${textOf(task.name)}`);
  if (typeof task.settings !== 'object' || task.settings === null) {
    refuse(`task.settings: expected an object, got ${textOf(task.settings)}`);
  }
  if (task.targets !== undefined) checkTargets('task.targets', task.targets);
  checkInteger('task.inputSize', task.inputSize);
  checkInteger('task.outputSize', task.outputSize);
}

/**
 * The episodes of one step.
 * @throws TapeheadError that names the task, for an episode that fails, that has other channels than the task, that
 * `checkEpisode` refuses, or in a batch of which nothing is scored; `range` for a batch too large for the backend
 */
export function drawEpisodes(
  { task, batchSize, cost }: Pick<Run, 'task' | 'batchSize' | 'cost'>,
  random: Random,
): Episode[] {
  const episodes: Episode[] = [];
  for (let i = 0; i < batchSize; i++) {
    const episode = draw(task, random, cost);
    if (i === 0) checkBatch(batchSize, episode);
    episodes.push(episode);
  }
  if (episodes.some((episode) => scoredBits(episode) > 0)) return episodes;
  throw new TapeheadError(
    'range',
    `${nameOf(task)}, mask: expected a step that is scored in at least one of ${batchSize} episodes, got only zeros`,
  );
}

function draw(task: Task, random: Random, cost: Cost): Episode {
  const episode = drawn(task, random);
  checkDrawn(`${nameOf(task)}, episode`, episode, cost);
  for (const size of ['inputSize', 'outputSize'] as const) {
    if (episode[size] === task[size]) continue;
    refuse(
      `${nameOf(task)}, episode.${size}: expected ${task[size]}, as the task has it, got ${episode[size]}`,
    );
  }
  return episode;
}

/** @throws TapeheadError as `checkEpisode`; for a target out of the range of the cost it names the cost */
function checkDrawn(name: string, episode: Episode, { name: cost, targets }: Cost): void {
  try {
    checkEpisode(name, episode, targets);
  } catch (error) {
    if (!isTapeheadError(error) || error.code !== 'range' || !error.message.startsWith(`${name}.target`))
      throw error;
    const hint = `; cost ${textOf(cost)} takes targets that are ${targets}`;
    throw new TapeheadError('range', error.message + hint, { cause: error });
  }
}

function drawn(task: Task, random: Random): Episode {
  try {
    return task.episode(random);
  } catch (cause) {
    if (isTapeheadError(cause)) throw cause;
    const message = cause instanceof Error ? cause.message : textOf(cause);
    throw new TapeheadError('argument', `${nameOf(task)}: its episode() failed: ${message}`, { cause });
  }
}

/** @throws TapeheadError `range` for a batch whose shorter episodes would go on after their end, and change the state */
export function checkOneLength(episodes: readonly Episode[]): void {
  const [shortest, longest] = [
    Math.min(...episodes.map(({ steps }) => steps)),
    Math.max(...episodes.map(({ steps }) => steps)),
  ];
  if (shortest === longest) return;
  throw new TapeheadError(
    'range',
    `carry: expected the episodes of a batch to have one length, because steps after the end of one would change its ` +
      `state, got ${shortest} to ${longest} steps; take a task of one length, or a batchSize of 1`,
  );
}

function checkBatch(batchSize: number, { steps, inputSize, outputSize }: Episode): void {
  const bytes = Float32Array.BYTES_PER_ELEMENT * batchSize * steps * (inputSize + outputSize + 1);
  checkRoom(`a batch of ${batchSize} episodes of ${steps} steps`, bytes, 'take a smaller batchSize');
}

const nameOf = ({ name }: Task): string => `task ${textOf(name)}`;

function refuse(message: string): never {
  throw new TapeheadError('argument', message);
}
