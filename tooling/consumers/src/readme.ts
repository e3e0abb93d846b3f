import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Published } from './published.js';

/** An example of a README: a block of ```js or ```ts. */
export interface Example {
  language: 'js' | 'ts';
  /** ```js page: needs a bundler and a browser. */
  place: 'node' | 'page';
  code: string;
  /** The block of ```text right below it, if there is one: what the example prints. */
  prints: string | undefined;
}

interface Block {
  info: string[];
  body: string;
}

const fence = /^```(.*)\n([\s\S]*?)^```$/gm;

function blocksOf(readme: string): Block[] {
  return [...readme.matchAll(fence)].map(([, info = '', body = '']) => ({ info: info.split(' '), body }));
}

function readmeOf({ folder }: Published): string {
  const file = join(folder, 'README.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** The runnable examples of a package's README, in order. */
export function examplesOf(of: Published): Example[] {
  const blocks = blocksOf(readmeOf(of));
  return blocks.flatMap(({ info: [language, place], body }, i) => {
    if (language !== 'js' && language !== 'ts') return [];
    const next = blocks[i + 1];
    const prints = next?.info[0] === 'text' ? next.body : undefined;
    return [{ language, place: place === 'page' ? 'page' : 'node', code: body, prints }];
  });
}

/** What the README tells people to `npm install`. */
export function installLineOf(of: Published): string[] {
  const shell = blocksOf(readmeOf(of)).filter(({ info: [language] }) => language === 'sh');
  const lines = shell.flatMap(({ body }) => body.replaceAll('\\\n', ' ').split('\n'));
  return lines
    .filter((line) => line.startsWith('npm install '))
    .flatMap((line) => line.replace('npm install ', '').trim().split(/ +/));
}
