import { isRecord, quoted, refuse } from './refuse.js';

/** Objects within objects; the settings of a run have three levels. */
const DEEPEST = 64;

/**
 * The object that a JSON text holds.
 * @param what the text, as an error names it
 * @throws TapeheadError `checkpoint` unless it is one, with no name twice in an object, which JSON.parse would let pass
 */
export function parseObject(text: string, what: string): Record<string, unknown> {
  const value = parse(text);
  if (!isRecord(value)) refuse(`${what} is no JSON object`);
  if (namesOf(value, what) !== namesIn(text)) refuse(`${what} has a name twice in one object`);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How many names the objects of a parsed value have in all. */
function namesOf(value: unknown, what: string, depth = 0): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth > DEEPEST) refuse(`${what} is nested deeper than ${DEEPEST} levels`);
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const each of Object.values(value)) count += namesOf(each, what, depth + 1);
  return count;
}

/** How many names stand in a valid JSON text: the strings that a colon follows. */
function namesIn(text: string): number {
  const colon = /\s*:/y;
  let count = 0;
  for (let open = text.indexOf('"'); open >= 0; ) {
    const end = endOfString(text, open);
    colon.lastIndex = end;
    if (colon.test(text)) count++;
    open = text.indexOf('"', end);
  }
  return count;
}

/** The position after the closing quote of the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (isEscaped(text, close)) close = text.indexOf('"', close + 1);
  return close + 1;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
}

/**
 * Refuses what JSON would change or drop: numbers that are not finite, functions, dates, maps. A member that is
 * undefined counts as absent.
 * @throws TapeheadError `checkpoint` that names the member
 */
export function checkPlain(name: string, value: unknown, depth = 0): void {
  if (depth > DEEPEST) refuse(`${name.slice(0, 60)}… is nested deeper than ${DEEPEST} levels`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [i, each] of value.entries()) checkPlain(`${name}[${i}]`, each, depth + 1);
    return;
  }
  if (!isPlainObject(value)) refuse(`${quoted(name)} is nothing that JSON holds: ${kindOf(value)}`);
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined) checkPlain(`${name}.${key}`, each, depth + 1);
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]' && !hasToJson(value);
}

function hasToJson(value: unknown): boolean {
  return isRecord(value) && typeof value.toJSON === 'function';
}

function kindOf(value: unknown): string {
  return typeof value === 'object'
    ? Object.prototype.toString.call(value).slice(8, -1)
    : String(value).slice(0, 40);
}
