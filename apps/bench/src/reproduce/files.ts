import { readFile } from 'node:fs/promises';
import { TapeheadError } from '@tapehead/core';
import { replaceFile } from '@tapehead/training/node';
import type { ZodType } from 'zod';

export async function writeJson(path: string, value: object): Promise<void> {
  await replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** @returns nothing where there is no such file @throws TapeheadError `checkpoint` that says what is wrong with it */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : parsed(path, text, schema);
}

/** A file with a JSON value a line; a last line that was cut off does not count. */
export async function readJsonLines<T>(path: string, schema: ZodType<T>): Promise<T[]> {
  const text = await readText(path);
  const whole = text?.slice(0, text.lastIndexOf('\n') + 1) ?? '';
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsed(path, line, schema));
}

export function jsonLines(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function parsed<T>(path: string, text: string, schema: ZodType<T>): T {
  const { success, data, error } = schema.safeParse(jsonOf(path, text));
  if (success) return data;
  const [issue] = error.issues;
  return refuse(path, `'${issue?.path.join('.') ?? ''}': ${issue?.message ?? 'it is not what was expected'}`);
}

function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse(path, 'it holds no JSON');
  }
}

function refuse(path: string, why: string): never {
  throw new TapeheadError('checkpoint', `${path} cannot be read: ${why}`);
}
