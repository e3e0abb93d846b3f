import type { OutputActivation } from '@tapehead/ntm';
import type { Targets, Task } from '@tapehead/tasks';
import { type Cost, costNamed, costNames, meanCost, type Run, SOLVED_WINDOW } from '@tapehead/training';
import { Option } from 'commander';
import { UsageError } from './exit.js';
import type { OwnModule } from './own/module.js';
import { positive } from './parse.js';

export const outputActivations = [
  'sigmoid',
  'softmax',
  'tanh',
  'linear',
] as const satisfies OutputActivation[];

const OWN = 'own';

/** The flags of a recipe that say what the answers cost. */
export interface CostFlags {
  cost?: string | undefined;
  outputActivation?: OutputActivation | undefined;
}

export function costOptions(): Option[] {
  return [
    new Option(
      '--cost <name>',
      "what an answer costs; own: what the module of the task exports (default: own where it does, or else that of the task's targets)",
    ).choices([...costNames, OWN]),
    new Option(
      '--output-activation <name>',
      'what makes the output of the logits (default: what fits the cost)',
    ).choices(outputActivations),
  ];
}

export function solvedBelowOption(): Option {
  return new Option(
    '--solved-below <cost>',
    'mean cost of the last 1,000 sequences under which the task is solved, in the unit of the cost (default: of the cost, where it has one)',
  ).argParser(positive);
}

/**
 * The cost that a flag names; undefined for that of the task's targets.
 * @throws UsageError for the cost of a module that exports none
 */
export function costOf({ cost }: CostFlags, own: OwnModule | undefined): Cost | undefined {
  if (cost === undefined) return own?.cost;
  if (cost !== OWN) return costNamed(cost);
  if (own?.cost !== undefined) return own.cost;
  throw new UsageError("--cost own: expected the path of a module that exports a 'cost' for the task");
}

/** The cost of a checkpoint, where it is a module's own. */
export function storedCost(name: string, own: OwnModule | undefined): Cost | undefined {
  return own?.cost?.name === name ? own.cost : undefined;
}

/** As `--cost` names the cost of a checkpoint. */
export function costFlag(name: string, own: OwnModule | undefined): string {
  return storedCost(name, own) === undefined ? name : OWN;
}

const activationOf: Readonly<Record<Targets, OutputActivation>> = {
  bits: 'sigmoid',
  classes: 'softmax',
  numbers: 'linear',
};

/** What the output activation of a net has to be for the cost. */
export function activationFor({ targets }: Task, cost: Cost | undefined): OutputActivation {
  const fitting = outputActivations.filter((name) => cost?.fits?.includes(name));
  const usual = activationOf[targets ?? cost?.targets ?? 'bits'];
  return fitting.includes(usual) ? usual : (fitting[0] ?? usual);
}

/** The cost under which a run is solved; none where neither a flag nor the cost says it. */
export function solvedBelowOf({ cost }: Pick<Run, 'cost'>, flag: number | undefined): number | undefined {
  return flag ?? cost.solvedBelow;
}

/** Whether the last 1,000 sequences cost less than that. */
export function isBelow(run: Run, below: number | undefined): boolean {
  return below !== undefined && run.sequences >= SOLVED_WINDOW && meanCost(run) < below;
}

/** A cost for machines: in bits also by that name. */
export function costFields(
  cost: number,
  unit: string,
): { bits?: number | null; cost: number | null; unit: string } {
  const value = Number.isNaN(cost) ? null : cost;
  return { ...(unit === 'bits' && { bits: value }), cost: value, unit };
}
