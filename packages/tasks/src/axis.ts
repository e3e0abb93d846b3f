import { checkInteger, TapeheadError, textOf } from '@tapehead/core';
import type { Task } from './task.js';

/** A way in which the episodes of a task grow, such as copy in length. */
export interface Axis<Settings extends object = object> {
  /** Such as `length`. */
  readonly name: string;
  /** What is counted, in the plural, such as `vectors`. */
  readonly unit: string;
  /** What the task itself draws. */
  readonly trained: { readonly least: number; readonly most: number };
  /** Where the paper, or the best reproduction of it, measures, and between: in rising order, at least one value. */
  readonly measured: readonly number[];
  /**
   * The override that gives every episode that size.
   * @throws TapeheadError `range` unless episodes can be of size `value`
   */
  at(value: number): Partial<Settings>;
}

/**
 * The axis of that name.
 * @throws TapeheadError `argument` if the task has no such axis
 */
export function axisOf<Settings extends object>(task: Task<Settings>, name: string): Axis<Settings> {
  if (typeof task !== 'object' || task === null || !Array.isArray(task.axes)) {
    throw new TapeheadError('argument', `task: expected a task, got ${textOf(task)}`);
  }
  const found = task.axes.find((axis) => axis.name === name);
  if (found !== undefined) return found;
  const names = task.axes.map((axis) => `'${axis.name}'`).join(', ') || 'none';
  throw new TapeheadError('argument', `axis: ${task.name} grows in ${names}, got ${textOf(name)}`);
}

/** The axis, its `at` refusing what is no integer of at least `least`. */
export function integerAxis<Settings extends object>(axis: Axis<Settings>, least = 1): Axis<Settings> {
  const at = (value: number): Partial<Settings> => {
    checkInteger(axis.name, value, least);
    return axis.at(value);
  };
  return { ...axis, at };
}
