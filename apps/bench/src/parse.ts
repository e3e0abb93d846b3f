import { taskNames } from '@tapehead/tasks';
import type { Clip } from '@tapehead/training';
import { InvalidArgumentError } from 'commander';
import { type NetKind, netKinds } from './models.js';
import { isModulePath } from './own/path.js';
import { type NetName, netNames } from './speed/nets/names.js';

/** The largest seed of @tapehead/tasks. */
const LARGEST_SEED = 2 ** 32 - 1;

export function integerFrom(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const allowed = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (/^-?\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`Expected an integer ${allowed}.`);
  };
}

export const seed = integerFrom(0, LARGEST_SEED);
export const size = integerFrom(1);

export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0, such as 1e-4.');
}

/** From 0 up to, but not, 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to below 1, such as 0.95.');
}

/** `10,20,30` */
export function sizes(text: string): number[] {
  return text.split(',').map((part) => {
    if (/^\d+$/.test(part.trim()) && Number(part) >= 1) return Number(part);
    throw new InvalidArgumentError('Expected integers of at least 1 with commas between, such as 10,20,120.');
  });
}

/** `norm:10`, `value:10` or `none` */
export function clip(text: string): Clip {
  const [kind, limit = ''] = text.split(':');
  if (text === 'none') return text;
  const value = Number(limit);
  if (limit !== '' && Number.isFinite(value) && value > 0) {
    if (kind === 'norm') return { norm: value };
    if (kind === 'value') return { value };
  }
  throw new InvalidArgumentError('Expected norm:LIMIT, value:LIMIT with a limit above 0, or none.');
}

export function clipText(limit: Clip): string {
  if (limit === 'none') return limit;
  return 'norm' in limit ? `norm:${limit.norm}` : `value:${limit.value}`;
}

/** `ntm,dnc`, or `all` */
export function nets(text: string): NetName[] {
  if (text === 'all') return [...netNames];
  const named = text.split(',').map((part) => {
    const name = netNames.find((each) => each === part.trim());
    if (name !== undefined) return name;
    throw new InvalidArgumentError(`Allowed are ${netNames.join(', ')}, with commas between, or all.`);
  });
  return [...new Set(named)];
}

/** `ntm-lstm,lstm` */
export function models(text: string, before: readonly NetKind[] = []): NetKind[] {
  const named = text.split(',').map((part) => {
    const name = netKinds.find((each) => each === part.trim());
    if (name !== undefined) return name;
    throw new InvalidArgumentError(`Allowed are ${netKinds.join(', ')}, with commas between.`);
  });
  return [...new Set([...before, ...named])];
}

/** The name of a task, or the path of a module that exports one. */
export function task(text: string): string {
  if (taskNames.some((name) => name === text) || isModulePath(text)) return text;
  throw new InvalidArgumentError(
    `Allowed choices are ${taskNames.join(', ')}, or the path of a module that exports a task, such as ./mine.js.`,
  );
}

/** Tasks, one after the other. */
export function tasks(text: string, before: readonly string[] = []): string[] {
  return [...before, task(text)];
}

/** The path of a module. */
export function modulePath(text: string): string {
  if (isModulePath(text)) return text;
  throw new InvalidArgumentError('Expected the path of a module that exports a task, such as ./mine.js.');
}

/** `minBits=3`, and those before it; a value is JSON, or else a text. */
export function settings(
  text: string,
  before: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { ...before, [name]: parsed(value) };
  throw new InvalidArgumentError('Expected NAME=VALUE, such as maxBits=6.');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The taps of a shift. */
export function odd(text: string): number {
  const value = size(text);
  if (value % 2 === 1) return value;
  throw new InvalidArgumentError('Expected an odd integer of at least 1, such as 3.');
}

/** A picture's file name. */
export function picture(text: string): string {
  if (/\.(svg|png)$/i.test(text)) return text;
  throw new InvalidArgumentError('Expected a file name that ends in .svg or .png.');
}
