import { type Axis, axisOf, type Task } from '@tapehead/tasks';
import { InvalidArgumentError, Option } from 'commander';
import { size, sizes } from './parse.js';

/** Of a task whose episodes do not grow. */
export const AS_TRAINED = 'as trained';

const asTrained: Axis = {
  name: AS_TRAINED,
  unit: 'episodes',
  trained: { least: 1, most: 1 },
  measured: [1],
  at: () => ({}),
};

/** A size of episodes: so much in one of the ways in which a task grows. */
export interface Size {
  axis: Axis;
  value: number;
}

/** As it is written: `repeats=10,20`. */
interface Written {
  axis: string;
  values: number[];
}

/** The flags of `sizesOptions`. */
export interface SizesFlags {
  at?: Written[];
  lengths?: number[];
}

/** The flags of `sizeOptions`. */
export interface SizeFlags {
  at?: Written;
  length?: number;
}

/** Where to measure. */
export function sizesOptions(): Option[] {
  const at = '--at <axis=list>';
  const note = 'sizes in a way in which the task grows, such as repeats=10,20; may be given again';
  return [
    new Option(at, `${note} (default: all that the paper measures)`).argParser(
      (text: string, before: Written[] = []) => [...before, written(text)],
    ),
    new Option('--lengths <list>', 'lengths, with commas between: --at length=…').argParser(sizes),
  ];
}

/** Where to look. */
export function sizeOptions(standard: string): Option[] {
  return [
    new Option(
      '--at <axis=n>',
      `size in a way in which the task grows, such as repeats=20 (default: ${standard})`,
    )
      .argParser(writtenOnce)
      .conflicts('length'),
    new Option('--length <n>', 'length: --at length=…').argParser(size),
  ];
}

/** @throws TapeheadError `argument` for an axis that the task does not have, `range` for a size that it cannot have */
export function sizesOf(task: Task, { at = [], lengths = [] }: SizesFlags): Size[] {
  const asked = [{ axis: 'length', values: lengths }, ...at].flatMap(({ axis, values }) =>
    values.map((value) => sizeIn(task, axis, value)),
  );
  return asked.length > 0
    ? asked
    : axesOf(task).flatMap((axis) => axis.measured.map((value) => ({ axis, value })));
}

/**
 * @param standard the size where the flags give none, in the way that the task names first
 * @throws TapeheadError as `sizesOf`
 */
export function sizeOf(task: Task, { at, length }: SizeFlags, standard: (axis: Axis) => number): Size {
  if (at !== undefined) return sizeIn(task, at.axis, at.values[0] ?? Number.NaN);
  const [axis = asTrained] = task.axes;
  return length === undefined ? { axis, value: standard(axis) } : sizeIn(task, 'length', length);
}

function axesOf({ axes }: Task): readonly Axis[] {
  return axes.length > 0 ? axes : [asTrained];
}

function sizeIn(task: Task, name: string, value: number): Size {
  const axis = axisOf(task, name);
  axis.at(value);
  return { axis, value };
}

function written(text: string): Written {
  const [, axis, values] = /^([^=\s]+)=(.+)$/.exec(text) ?? [];
  if (axis !== undefined && values !== undefined) return { axis, values: sizes(values) };
  throw new InvalidArgumentError('Expected AXIS=SIZES, such as length=10,20.');
}

function writtenOnce(text: string): Written {
  const once = written(text);
  if (once.values.length === 1) return once;
  throw new InvalidArgumentError('Expected one size, such as length=20.');
}
