import { isTapeheadError } from '@tapehead/core';
import { CommanderError } from 'commander';
import { placeOf } from './own/place.js';

export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** What was asked for makes no sense; the message names the flag, what is allowed and what came. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The code that ends the program after `error`. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage;
  if (error instanceof UsageError) return exitCode.usage;
  if (placeOf(error) !== undefined) return exitCode.failed;
  if (isTapeheadError(error) && (error.code === 'argument' || error.code === 'range')) return exitCode.usage;
  return exitCode.failed;
}

/** One line for people: no stack trace, no line break; the line of the user's own module, where the error is from one. */
export function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const place = error instanceof UsageError ? undefined : placeOf(error);
  const line = message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return place === undefined ? line : `${line} (at ${place})`;
}

/** Tells how a command ended that did not throw. */
export type Ended = (code: ExitCode) => void;
