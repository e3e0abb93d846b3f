import { checkPlain } from './json.js';
import { isRecord, quoted, refuse, show } from './refuse.js';

/** Options of nets that decide only what a fresh net starts with; files from before there were any lack them. */
const ofFreshNets = ['seed', 'initialShift', 'initialWeighting'];

/**
 * @param stored the settings of the net that a state was captured from
 * @param given those of the net that it is to go into
 * @throws TapeheadError `checkpoint` that names the first option in which they differ
 */
export function checkSameNet(stored: object | undefined, given: object | undefined): void {
  if (stored === undefined || given === undefined) return;
  checkPlain('config', given);
  const [before, now] = [plain(stored), plain(given)];
  const isFree = (name: string) =>
    name === 'seed' ||
    (ofFreshNets.includes(name) && (before[name] === undefined || now[name] === undefined));
  compare(before, now, isFree, 'it was trained with a net of', 'this net has');
}

/** @throws TapeheadError `checkpoint` that names the first setting that the task does not have as the state says */
export function checkSameTask(stored: object, given: object): void {
  compare(plain(stored), plain(given), () => false, 'it was trained on a task of', 'that task has');
}

function compare(
  before: Record<string, unknown>,
  now: Record<string, unknown>,
  isFree: (name: string) => boolean,
  ...[had, has]: [had: string, has: string]
): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [stored, given] = [own(before, name), own(now, name)];
    if (isFree(name) || canonical(stored) === canonical(given)) continue;
    refuse(`${had} ${quoted(name)} ${textOf(stored)}, ${has} ${textOf(given)}`);
  }
}

function own(settings: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(settings, name) ? settings[name] : undefined;
}

/** As a file holds it. */
function plain(settings: object): Record<string, unknown> {
  const copy: unknown = JSON.parse(JSON.stringify(settings));
  return isRecord(copy) ? copy : {};
}

/** JSON whose names are in order. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) =>
    isRecord(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}

function textOf(value: unknown): string {
  return value === undefined ? '(none)' : show(value);
}
