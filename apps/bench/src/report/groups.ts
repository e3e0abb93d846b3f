import { SOLVED_BITS } from '@tapehead/training';
import type { Wrong } from '../evaluation.js';
import { type ExperimentName, experiments, isExperiment, type Known } from '../experiments.js';
import type { NetKind } from '../models.js';
import { solvedAfter } from '../reproduce/curve.js';
import type { Evaluation } from '../reproduce/format.js';
import { lastCost, type Spread, spreadOf } from './statistics.js';
import type { StoredRun } from './stored.js';

/** The order in which models are told of. */
export const modelOrder: readonly NetKind[] = ['ntm-feedforward', 'ntm-lstm', 'lstm', 'own'];

export const modelTitles: Readonly<Record<NetKind, string>> = {
  'ntm-feedforward': 'NTM, feed-forward',
  'ntm-lstm': 'NTM, LSTM',
  lstm: 'LSTM alone',
  own: 'own model',
};

/** The runs of one model on one task, a seed each. */
export interface Group {
  model: NetKind;
  runs: readonly StoredRun[];
}

/** A task that was run, with its models that were. */
export interface TaskGroups {
  name: string;
  title: string;
  /** Of the cost of its runs. */
  unit: string;
  groups: readonly Group[];
}

export function tasksOf(runs: readonly StoredRun[]): TaskGroups[] {
  const order = Object.keys(experiments);
  const place = (task: string) => (isExperiment(task) ? order.indexOf(task) : order.length);
  const names = [...new Set(runs.map(({ id }) => id.task))].sort((one, other) => place(one) - place(other));
  return names.map((name) => ({
    name,
    title: isExperiment(name) ? experiments[name].title : name,
    unit: runs.find(({ id }) => id.task === name)?.file.cost.unit ?? 'bits',
    groups: modelOrder.flatMap((model) => {
      const own = runs.filter(({ id }) => id.task === name && id.model === model);
      return own.length === 0 ? [] : [{ model, runs: own.sort((a, b) => a.id.seed - b.id.seed) }];
    }),
  }));
}

export function experimentNamed(name: string): (typeof experiments)[ExperimentName] | undefined {
  return isExperiment(name) ? experiments[name] : undefined;
}

/** What others found of a net of the paper on a task. */
export function knownOf(task: string, model: NetKind): readonly Known[] {
  return model === 'own' ? [] : (experimentNamed(task)?.known[model] ?? []);
}

export function sequencesOf({ runs }: Group): Spread | undefined {
  return spreadOf(runs.map(({ progress }) => progress.sequences));
}

/** The mean cost of the last 1,000 sequences of training. */
export function finalCost({ runs }: Group): Spread | undefined {
  return spreadOf(runs.flatMap(({ curve }) => lastCost(curve) ?? []));
}

export function evaluated({ runs }: Group): Evaluation[] {
  return runs.flatMap(({ evaluation }) => evaluation ?? []);
}

/** The sequences after which each seed was solved, of those that were. */
export function solvedRuns({ runs }: Group): number[] {
  return runs.flatMap((run) => solvedAfter(run.curve, solvedBelow(run)) ?? []);
}

/** The mean cost of 1,000 sequences under which a run is solved, where there is one. */
export function solvedBelow({ file }: StoredRun): number | undefined {
  return file.solvedBelow ?? (file.cost.unit === 'bits' ? SOLVED_BITS : undefined);
}

/** The cost of the best possible estimate, where that is known not to be 0. */
export function optimalBits({ groups }: TaskGroups): number | undefined {
  return groups.flatMap(evaluated).find((evaluation) => evaluation.optimalBits !== undefined)?.optimalBits;
}

/** Where the net stands along an axis. */
export interface Standing {
  at: number;
  cost: Spread;
  /** The share of wrong answers, where an answer is a bit or a class. */
  wrong: Spread | undefined;
}

/** Of all seeds that were measured there. */
export function standingsOf(group: Group, axis: string): Standing[] {
  const points = evaluated(group).flatMap(({ axes }) => axes.find(({ name }) => name === axis)?.points ?? []);
  const sizes = [...new Set(points.map(({ at }) => at))].sort((one, other) => one - other);
  return sizes.flatMap((at) => {
    const there = points.filter((point) => point.at === at);
    const cost = spreadOf(there.map((point) => point.cost));
    const wrong = spreadOf(there.flatMap((point) => point.wrong?.fraction ?? []));
    return cost === undefined ? [] : [{ at, cost, wrong }];
  });
}

/** What the answers to a task are that can be wrong; nothing where they are numbers. */
export function answersOf({ groups }: TaskGroups): Wrong['of'] | undefined {
  return groups.flatMap(evaluated).find(({ trained }) => trained.wrong !== undefined)?.trained.wrong?.of;
}

/** The axes along which any run of a task was measured. */
export function axesOf({ groups }: TaskGroups): Omit<Evaluation['axes'][number], 'points'>[] {
  const all = groups.flatMap(evaluated).flatMap(({ axes }) => axes);
  return [...new Map(all.map(({ points: _, ...axis }) => [axis.name, axis])).values()];
}
