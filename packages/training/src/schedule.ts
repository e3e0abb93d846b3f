import { checkAbove, checkInteger, checkOneOf, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import type { Optimizer } from '@tensorflow/tfjs-core';
import type { Run } from './run.js';

/** A factor of the optimizer's rate that changes from update to update, as plain data: a checkpoint holds it. */
export type PlainSchedule = {
  /** Updates over which the factor rises first: from 1 / `warmUp` to 1, along a line. None by default. */
  readonly warmUp?: number;
} & (
  | { readonly kind: 'constant' }
  /** From 1 to `to`, along a line or half a cosine over `updates` updates after the warm-up. It stays there. */
  | { readonly kind: 'linear' | 'cosine'; readonly updates: number; readonly to: number }
  /** `factor` to the power of how often `every` updates have passed since the warm-up. */
  | { readonly kind: 'step'; readonly every: number; readonly factor: number }
);

/** A {@link PlainSchedule}, or a function of the update, counted from 0, that gives a factor above 0. */
export type Schedule = PlainSchedule | ((update: number) => number);

export const constant: PlainSchedule = { kind: 'constant' };

const namesOf = {
  constant: ['kind', 'warmUp'],
  linear: ['kind', 'warmUp', 'updates', 'to'],
  cosine: ['kind', 'warmUp', 'updates', 'to'],
  step: ['kind', 'warmUp', 'every', 'factor'],
} as const;

/** @throws TapeheadError `argument` or `range`, by name, unless it is a schedule */
export function checkSchedule(schedule: Schedule): void {
  if (typeof schedule === 'function') return;
  if (typeof schedule !== 'object' || schedule === null || Array.isArray(schedule)) {
    throw new TapeheadError(
      'argument',
      `schedule: expected one such as { kind: 'cosine', updates, to }, or a function, got ${textOf(schedule)}`,
    );
  }
  checkOneOf('schedule.kind', schedule.kind, ['constant', 'linear', 'cosine', 'step']);
  checkOptions('schedule', schedule, namesOf[schedule.kind]);
  if (schedule.warmUp !== undefined) checkInteger('schedule.warmUp', schedule.warmUp);
  switch (schedule.kind) {
    case 'constant':
      return;
    case 'step':
      checkInteger('schedule.every', schedule.every);
      checkAbove('schedule.factor', schedule.factor, 0);
      return;
    default:
      checkInteger('schedule.updates', schedule.updates);
      checkAbove('schedule.to', schedule.to, 0);
  }
}

/**
 * The factor of the rate at an update, counted from 0.
 * @throws TapeheadError `range` for a function that gives no finite number above 0
 */
export function rateFactor(schedule: Schedule, update: number): number {
  checkSchedule(schedule);
  checkInteger('update', update, 0);
  if (typeof schedule === 'function') {
    const factor = schedule(update);
    checkAbove(`schedule: its factor of update ${update}`, factor, 0);
    return factor;
  }
  const { warmUp = 0 } = schedule;
  return update < warmUp ? (update + 1) / warmUp : afterWarmUp(schedule, update - warmUp);
}

function afterWarmUp(schedule: PlainSchedule, update: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'step':
      return schedule.factor ** Math.floor(update / schedule.every);
    case 'linear':
      return between(schedule.to, 1 - Math.min(1, update / schedule.updates));
    case 'cosine':
      return between(schedule.to, (1 + Math.cos(Math.PI * Math.min(1, update / schedule.updates))) / 2);
  }
}

/** From `to`, where `part` is 0, to 1. */
function between(to: number, part: number): number {
  return to + (1 - to) * part;
}

export function isConstant(schedule: Schedule): boolean {
  return typeof schedule !== 'function' && schedule.kind === 'constant' && schedule.warmUp === undefined;
}

/** @throws TapeheadError `argument` for a schedule of an optimizer whose rate cannot be set between updates */
export function checkScheduled(schedule: Schedule, optimizer: Optimizer): void {
  checkSchedule(schedule);
  if (isConstant(schedule) || hasRate(optimizer)) return;
  throw new TapeheadError(
    'argument',
    `schedule: expected the optimizer to be gravesRmsProp() or adam(), got ${optimizer.getClassName()}`,
  );
}

/** By their names: tfjs makes `instanceof` true of every optimizer. */
function hasRate(optimizer: Optimizer): optimizer is Optimizer & { learningRate: number } {
  return ['GravesRMSProp', 'ExactAdam'].includes(optimizer.getClassName()) && 'learningRate' in optimizer;
}

/** Makes an update at the rate of the schedule. The optimizer's own rate, which a checkpoint holds, stays as it is. */
export function atScheduledRate(
  { optimizer, schedule, step }: Pick<Run, 'optimizer' | 'schedule' | 'step'>,
  update: () => void,
): void {
  if (isConstant(schedule) || !hasRate(optimizer)) {
    update();
    return;
  }
  const rate = optimizer.learningRate;
  optimizer.learningRate = rate * rateFactor(schedule, step);
  try {
    update();
  } finally {
    optimizer.learningRate = rate;
  }
}
