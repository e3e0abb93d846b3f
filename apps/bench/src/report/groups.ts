import { type ExperimentName, experiments, isExperiment, type Known } from '../experiments.js';
import type { NetKind } from '../models.js';
import { solvedAfter } from '../reproduce/curve.js';
import type { Evaluation } from '../reproduce/format.js';
import { lastBits, type Spread, spreadOf } from './statistics.js';
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
  groups: readonly Group[];
}

export function tasksOf(runs: readonly StoredRun[]): TaskGroups[] {
  const order = Object.keys(experiments);
  const place = (task: string) => (isExperiment(task) ? order.indexOf(task) : order.length);
  const names = [...new Set(runs.map(({ id }) => id.task))].sort((one, other) => place(one) - place(other));
  return names.map((name) => ({
    name,
    title: isExperiment(name) ? experiments[name].title : name,
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
export function finalBits({ runs }: Group): Spread | undefined {
  return spreadOf(runs.flatMap(({ curve }) => lastBits(curve) ?? []));
}

export function evaluated({ runs }: Group): Evaluation[] {
  return runs.flatMap(({ evaluation }) => evaluation ?? []);
}

/** The sequences after which each seed was solved, of those that were. */
export function solvedRuns({ runs }: Group): number[] {
  return runs.flatMap(({ curve }) => solvedAfter(curve) ?? []);
}

/** The cost of the best possible estimate, where that is known not to be 0. */
export function optimalBits({ groups }: TaskGroups): number | undefined {
  return groups.flatMap(evaluated).find((evaluation) => evaluation.optimalBits !== undefined)?.optimalBits;
}

/** Where the net stands along an axis. */
export interface Standing {
  at: number;
  bits: Spread;
  wrong: Spread;
}

/** Of all seeds that were measured there. */
export function standingsOf(group: Group, axis: string): Standing[] {
  const points = evaluated(group).flatMap(({ axes }) => axes.find(({ name }) => name === axis)?.points ?? []);
  const sizes = [...new Set(points.map(({ at }) => at))].sort((one, other) => one - other);
  return sizes.flatMap((at) => {
    const there = points.filter((point) => point.at === at);
    const bits = spreadOf(there.map(({ bitsPerSequence }) => bitsPerSequence));
    const wrong = spreadOf(there.map(({ wrongBitFraction }) => wrongBitFraction));
    return bits === undefined || wrong === undefined ? [] : [{ at, bits, wrong }];
  });
}

/** The axes along which any run of a task was measured. */
export function axesOf({ groups }: TaskGroups): Omit<Evaluation['axes'][number], 'points'>[] {
  const all = groups.flatMap(evaluated).flatMap(({ axes }) => axes);
  return [...new Map(all.map(({ points: _, ...axis }) => [axis.name, axis])).values()];
}
