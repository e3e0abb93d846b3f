import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { program } from '@tapehead/bench/program';
import { root } from './published.js';

const tapehead = /^(npm run( --silent)? tapehead --|pnpm tapehead) /;

/** Its own folder is where a command is given. */
type Check = (words: string[], folder: string) => unknown | Promise<unknown>;

/** How a command of the docs is tested, by how it begins; the check gets the words behind that, and throws. */
const checks: [beginning: RegExp, check: Check][] = [
  [tapehead, parse],
  [
    /^npm start( --|$)/,
    (words, folder) => (folder === root ? parse(['start', ...words]) : scriptOf(folder, 'start')),
  ],
  [/^npm test$/, () => scriptOf(root, 'test')],
  [/^npm run( --silent)? /, ([name], folder) => scriptOf(folder, name)],
  [/^npx pnpm --recursive --filter '\.\/packages\/\*' pack /, () => {}],
  [/^npx pnpm --filter /, ([name, ...words]) => inWorkspace(name, words)],
  [/^npx /, ([name]) => installed(root, name)],
  [/^(?=\.ci\/)/, ([path]) => accessSync(join(root, path ?? ''), constants.X_OK)],
  // Done by the tests themselves: packages are packed, and blocks run with what their page installs.
  [/^npm install(?= [@a-z/]|$)/, () => {}],
  [/^pip install /, () => {}],
];

/**
 * What is wrong with a command that the docs name; `undefined` where it would be understood.
 * @param folder where it is given
 */
export async function problemOf(command: string, folder: string = root): Promise<string | undefined> {
  const known = checks.find(([beginning]) => beginning.test(command));
  if (known === undefined) return `no rule of commands.ts tests it`;
  const [beginning, check] = known;
  try {
    await check(wordsBehind(beginning, command), folder);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The arguments of a call of our command line.
 * @throws Error for any other command
 */
export function argumentsOf(command: string): string[] {
  if (!tapehead.test(command)) throw new Error(`sh run: expected npm run tapehead -- …, got ${command}`);
  return wordsBehind(tapehead, command);
}

function wordsBehind(beginning: RegExp, command: string): string[] {
  return command.replace(beginning, '').split(/\s+/).filter(Boolean);
}

/** By the command line's own rules, without doing anything. */
async function parse(words: string[]): Promise<void> {
  const commandLine = program(() => {});
  for (const command of commandLine.commands) {
    command.action(() => {}).configureOutput({ writeOut: () => {} });
  }
  try {
    await commandLine.parseAsync(words, { from: 'user' });
  } catch (error) {
    const helped = error instanceof Error && 'exitCode' in error && error.exitCode === 0;
    if (!helped) throw error;
  }
}

interface Manifest {
  name?: string;
  scripts?: Record<string, string>;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

function scriptOf(folder: string, name = ''): void {
  const { scripts = {} } = manifestOf(folder);
  if (scripts[name] === undefined) throw new Error(`no script '${name}' in ${folder}`);
}

function inWorkspace(name: string | undefined, [verb, ...words]: string[]): void {
  const folders = ['packages', 'apps', 'tooling', 'examples']
    .flatMap((group) => readdirSync(join(root, group)).map((each) => join(root, group, each)))
    .filter((each) => existsSync(join(each, 'package.json')));
  const folder = folders.find((each) => manifestOf(each).name === name);
  if (folder === undefined) throw new Error(`no package '${name}'`);
  if (verb !== 'exec') scriptOf(folder, verb);
  else if (!existsSync(join(folder, 'node_modules/.bin', words[0] ?? ''))) installed(root, words[0]);
}

function installed(folder: string, name = ''): void {
  if (!existsSync(join(folder, 'node_modules/.bin', name))) throw new Error(`no program '${name}'`);
}
