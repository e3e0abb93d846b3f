import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Block, blocksOf } from './markdown.js';
import type { Published } from './published.js';

/** An example of a document: a block that is run. */
export interface Example {
  language: 'js' | 'ts' | 'python';
  /** ```js page: needs a bundler and a browser. */
  place: 'node' | 'page' | 'python';
  code: string;
  /** The block of ```text right below it, if there is one: what the example prints. */
  prints: string | undefined;
}

const examples = {
  js: { language: 'js', place: 'node' },
  ts: { language: 'ts', place: 'node' },
  'js page': { language: 'js', place: 'page' },
  python: { language: 'python', place: 'python' },
} as const;

function isExample(kind: string): kind is keyof typeof examples {
  return Object.hasOwn(examples, kind);
}

/** The blocks that are run, in order. */
export function examplesIn(blocks: readonly Block[]): Example[] {
  return blocks.flatMap(({ kind, body }, i) => {
    if (!isExample(kind)) return [];
    const next = blocks[i + 1];
    return [{ ...examples[kind], code: body, prints: next?.kind === 'text' ? next.body : undefined }];
  });
}

/** What a document tells people to `npm install`. */
export function installedBy(blocks: readonly Block[]): string[] {
  return commandsIn(blocks)
    .filter((command) => command.startsWith('npm install '))
    .flatMap((command) => command.replace('npm install ', '').split(/ +/));
}

/** The commands of ```sh blocks, a line each, without comments. */
export function commandsIn(blocks: readonly Block[]): string[] {
  const shell = blocks.filter(({ kind }) => kind.split(' ')[0] === 'sh');
  const lines = shell.flatMap(({ body }) => body.replaceAll(/\\\n\s*/g, '').split('\n'));
  return lines.map((line) => line.replace(/(^|\s)#.*/, '').trim()).filter((line) => line !== '');
}

/** The packages that a program imports, by their names alone. */
export function modulesIn(code: string): string[] {
  const imported = [...code.matchAll(/(?:\bfrom|\bimport) '([^'.][^']*)'/g)].map(([, path = '']) => path);
  const packages = imported.filter((path) => !path.startsWith('node:'));
  return packages.map((path) => path.split('/', path.startsWith('@') ? 2 : 1).join('/'));
}

function blocksOfReadme({ folder }: Published): Block[] {
  const file = join(folder, 'README.md');
  return existsSync(file) ? blocksOf(readFileSync(file, 'utf8')) : [];
}

/** The runnable examples of a package's README, in order. */
export function examplesOf(of: Published): Example[] {
  return examplesIn(blocksOfReadme(of));
}

/** What the README tells people to `npm install`. */
export function installLineOf(of: Published): string[] {
  return installedBy(blocksOfReadme(of));
}
