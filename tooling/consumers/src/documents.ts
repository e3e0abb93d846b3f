import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorsOf, type Block, blocksOf, codespansOf, linksOf } from './markdown.js';
import { root } from './published.js';

/** A page of documentation that people wrote. */
export interface Document {
  /** From the root of the repository, such as `docs/guides/task.md`. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly codespans: readonly string[];
  readonly links: readonly string[];
}

/** Written by `tapehead reproduce`, from runs that take days. */
const generated = 'docs/results';

/** Everything in `docs/`, at the root, and the README of each workspace and each example. */
export const documents: Document[] = [...atRoot(), ...inDocs(), ...readmes(), ...inExamples()].map((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, blocks: blocksOf(text), codespans: codespansOf(text), links: linksOf(text) };
});

/** Whether a link of a document leads nowhere; those to other sites are not tried. */
export function isDead({ path }: Pick<Document, 'path'>, link: string): boolean {
  if (URL.canParse(link)) return false;
  const [to = '', anchor] = link.split('#');
  const target = to === '' ? join(root, path) : join(root, dirname(path), to);
  if (!existsSync(target)) return true;
  return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
}

/** Where its commands are given: at the root, or in an example's own folder. */
export function commandFolder({ path }: Pick<Document, 'path'>): string {
  const folder = join(root, dirname(path));
  const isProject = path.startsWith('examples/') && existsSync(join(folder, 'package.json'));
  return isProject ? folder : root;
}

/** Goes to the registry with the package. */
export function isReadmeOfPackage(path: string): boolean {
  return path.startsWith('packages/');
}

function atRoot(): string[] {
  return readdirSync(root).filter((name) => name.endsWith('.md'));
}

function inDocs(): string[] {
  const files = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => join('docs', file))
    .filter((path) => path.endsWith('.md') && !path.startsWith(join(generated, '/')))
    .sort();
}

function inExamples(): string[] {
  const files = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => join('examples', file))
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .sort();
}

function readmes(): string[] {
  return ['packages', 'apps', 'tooling'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => join(group, name, 'README.md'))
      .filter((path) => existsSync(join(root, path))),
  );
}
