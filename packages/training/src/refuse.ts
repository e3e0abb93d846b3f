import { printable, TapeheadError, textOf } from '@tapehead/core';

/** @throws TapeheadError `checkpoint` */
export function refuse(problem: string): never {
  throw new TapeheadError('checkpoint', `checkpoint: ${problem}`);
}

/** A value of a file or of a state in an error message: a short list as JSON, else as everywhere. */
export function show(value: unknown): string {
  const text = Array.isArray(value) && value.length <= LONGEST ? jsonOf(value) : undefined;
  return text === undefined ? textOf(value) : printable(text, LONGEST);
}

/** A name of a file or of a state in an error message. */
export function quoted(name: string): string {
  return `'${printable(name, LONGEST)}'`;
}

/** A shape in an error message: `[4, 3]`. */
export function shapeText(shape: readonly number[]): string {
  return printable(`[${shape.slice(0, LONGEST).join(', ')}]`, LONGEST);
}

const LONGEST = 60;

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
