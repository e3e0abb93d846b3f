import { suggestion, textOf } from '@tapehead/core';
import { UsageError } from '../exit.js';

/** An export, as a message names it: `export 'task'`. */
export interface Exported {
  readonly name: string;
  readonly value: unknown;
}

/** What a module exports for this program. */
export interface OwnExports {
  readonly task: Exported;
  readonly model?: Exported;
  readonly cost?: Exported;
}

/** What a module may export by name, or as members of its default export. */
const parts = ['task', 'model', 'cost'] as const;
type Part = (typeof parts)[number];

/**
 * Finds the task, the model and the cost among the exports of a module. The default export is a task, a function that
 * makes one, or an object of these.
 * @throws UsageError for a module without a task, and for one that exports the same part twice
 */
export function exportsOf(path: string, namespace: object): OwnExports {
  const found = [...byName(namespace), ...byDefault(path, namespace)];
  const [task, model, cost] = parts.map((part) => only(path, part, found));
  if (task === undefined) {
    throw new UsageError(
      `${path}: expected an export 'task', or a default export, that is a task or a function that makes one; ` +
        `got ${listOf(namespace)}`,
    );
  }
  return { task, ...(model && { model }), ...(cost && { cost }) };
}

interface Found extends Exported {
  readonly part: Part;
}

function byName(namespace: object): Found[] {
  return parts.flatMap((part) =>
    part in namespace ? [{ part, name: `export '${part}'`, value: Reflect.get(namespace, part) }] : [],
  );
}

function byDefault(path: string, namespace: object): Found[] {
  if (!('default' in namespace)) return [];
  const value = namespace.default;
  if (typeof value === 'function') return [{ part: 'task', name: 'default export', value }];
  if (typeof value !== 'object' || value === null) {
    throw new UsageError(
      `${path}, default export: expected a task, a function that makes one, or { task, model, cost }, got ${textOf(value)}`,
    );
  }
  if (!('task' in value)) return [{ part: 'task', name: 'default export', value }];
  const other = Object.keys(value).find((key) => !parts.some((part) => part === key));
  if (other !== undefined) {
    throw new UsageError(`${path}, default export: unknown member '${other}'${suggestion(other, parts)}`);
  }
  return parts.flatMap((part) =>
    part in value ? [{ part, name: `default export, '${part}'`, value: Reflect.get(value, part) }] : [],
  );
}

function only(path: string, part: Part, found: readonly Found[]): Exported | undefined {
  const [one, ...others] = found.filter((each) => each.part === part);
  const other = others.find(({ value }) => value !== one?.value);
  if (one === undefined || other === undefined) return one;
  throw new UsageError(`${path}: expected one ${part}, got two: ${one.name} and ${other.name}; remove one`);
}

function listOf(namespace: object): string {
  const names = Object.keys(namespace).map((name) => `'${name}'`);
  return names.length === 0 ? 'no exports' : `the exports ${names.join(', ')}`;
}
