import { experiments, isExperiment } from '../experiments.js';
import { count } from '../output.js';
import { modelOrder, modelTitles, type TaskGroups } from './groups.js';
import { listed, plural } from './words.js';

/** What a reader might take for done and is not: runs that ended early, failed, or were never begun. */
export function missingOf({ name, groups }: TaskGroups): string[] {
  const runs = groups.flatMap((group) => group.runs);
  const wanted = isExperiment(name) ? modelOrder.filter((model) => model !== 'own') : [];
  const absent = wanted.filter((model) => groups.every((group) => group.model !== model));
  const notes = runs.flatMap(({ id, file, progress, evaluation }) => {
    const run = `${modelTitles[id.model]}, seed ${id.seed}`;
    if (progress.failure !== undefined) {
      return [`${run}, failed after ${plural(progress.sequences, 'sequence')}: ${progress.failure}`];
    }
    if (progress.broken !== undefined) {
      return [`${run}, cannot go on after ${plural(progress.sequences, 'sequence')}: ${progress.broken}`];
    }
    if (progress.sequences < file.target) {
      return [`${run}, stands at ${count(progress.sequences)} of ${plural(file.target, 'sequence')}.`];
    }
    if (evaluation?.after !== progress.sequences) return [`${run}, was not measured after training.`];
    return [];
  });
  const without =
    absent.length === 0 ? [] : [`Not run: ${listed(absent.map((model) => modelTitles[model]))}.`];
  return [...without, ...notes];
}

/** The tasks of the paper of which there is no run. */
export function absentTasks(tasks: readonly TaskGroups[]): string[] {
  const there = new Set(tasks.map(({ name }) => name));
  return Object.entries(experiments).flatMap(([name, { title }]) => (there.has(name) ? [] : [title]));
}
