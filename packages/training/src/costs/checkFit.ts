import { TapeheadError, textOf } from '@tapehead/core';
import { areTargetsOf, type Task } from '@tapehead/tasks';
import type { SequenceModel } from '../model.js';
import type { Cost } from './cost.js';

/**
 * @throws TapeheadError `argument` where the cost does not fit the output activation of the net, or the targets that the
 * task says it has
 */
export function checkFit(cost: Cost, { config }: SequenceModel, task: Pick<Task, 'name' | 'targets'>): void {
  const { name, fits, targets } = cost;
  const activation: unknown = Reflect.get(config ?? {}, 'outputActivation');
  if (fits !== undefined && typeof activation === 'string' && !fits.includes(activation)) {
    refuse(
      `cost: ${textOf(name)} fits a net whose outputActivation is ${orList(fits)}, this one has ` +
        `${textOf(activation)}; build the net with another, or take another cost`,
    );
  }
  if (task.targets === undefined || areTargetsOf(task.targets, targets)) return;
  refuse(
    `cost: ${textOf(name)} takes targets that are ${targets}, those of task ${textOf(task.name)} are ` +
      `${task.targets}; take another cost`,
  );
}

function orList(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(' or ');
}

function refuse(message: string): never {
  throw new TapeheadError('argument', message);
}
