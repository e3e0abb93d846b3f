import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { folder } from '../folder.js';

/** Files of this program: its own, and in a clone the packages beside it. */
const ours = [folder.href, new URL('../../packages/', folder).href];

let anyLoaded = false;

/** From now on the stacks of errors may lead to a module of the user. */
export function watchPlaces(): void {
  anyLoaded = true;
}

/**
 * Where in the user's code an error came up, such as `mine.js:12:9`: of its stack, or those of its causes, the first
 * line that is neither of this program nor of an installed package.
 */
export function placeOf(error: unknown): string | undefined {
  if (!anyLoaded) return undefined;
  for (let each = error; each instanceof Error; each = each.cause) {
    const place = placeIn(each.stack ?? '');
    if (place !== undefined) return place;
  }
  return undefined;
}

function placeIn(stack: string): string | undefined {
  for (const [, url = '', line] of stack.matchAll(/(file:\/\/[^\s()]+?)((?::\d+){1,2})(?=\)?$)/gm)) {
    if (url.includes('/node_modules/') || ours.some((start) => url.startsWith(start))) continue;
    return `${shownPath(fileURLToPath(url))}${line}`;
  }
  return undefined;
}

/** A file as a person in this folder would name it. */
export function shownPath(file: string): string {
  return relative(process.cwd(), file) || file;
}
