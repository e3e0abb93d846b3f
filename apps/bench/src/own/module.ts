import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { textOf } from '@tapehead/core';
import type { Engine } from '@tapehead/ntm';
import type { Task } from '@tapehead/tasks';
import { type Cost, costNamed, costNames, type SequenceModel } from '@tapehead/training';
import { UsageError } from '../exit.js';
import { type Exported, exportsOf } from './exports.js';
import { ModuleError } from './failure.js';
import { placeOf, watchPlaces } from './place.js';
import { ownTask, type Settings } from './task.js';

/** What the model function of a module is given. */
export interface ModelGiven {
  readonly task: Task;
  /** Of the initial parameters. */
  readonly seed: number;
  readonly engine: Engine;
}

/** A module of the user that exports a task, and perhaps a model. */
export interface OwnModule {
  /** As it was named. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  /** Of the file, `sha256:…`. */
  readonly digest: string;
  readonly hasModel: boolean;
  /** Its cost, where it exports one. */
  readonly cost: Cost | undefined;
  /**
   * Its task.
   * @throws UsageError that names the file, the export and the member that is wrong
   */
  task(settings?: Settings): Task;
  /**
   * Its model, newly built.
   * @throws UsageError for a module without one, and for what is no model
   */
  model(given: ModelGiven): Promise<SequenceModel>;
}

const extensions = ['.js', '.mjs', '.ts', '.mts'];

/**
 * Imports a module.
 * @param shown as messages name it
 * @throws UsageError unless it is a file of JavaScript, or of TypeScript where Node strips types, that exports a task;
 * ModuleError that says where, for one that cannot be imported
 */
export async function loadModule(path: string, shown = path): Promise<OwnModule> {
  checkExtension(shown);
  const file = resolve(path);
  const digest = await digestOf(file);
  if (digest === undefined)
    throw new UsageError(`${shown}: expected a module that exports a task, but there is no such file`);
  const { task, model, cost } = exportsOf(shown, await imported(file, shown));
  const buildModel = model && functionOf(shown, model);
  const own: OwnModule = {
    path: shown,
    file,
    digest,
    hasModel: buildModel !== undefined,
    cost: cost && costOf(shown, cost),
    task: (settings) => ownTask(shown, task, settings),
    async model(given) {
      if (buildModel === undefined) throw new UsageError(`${shown}: expected an export 'model', got none`);
      return modelOf(`${shown}, ${model?.name}`, await buildModel(given));
    },
  };
  own.task();
  return own;
}

/** Of a file as it is now; nothing where there is none. */
export async function digestOf(file: string): Promise<string | undefined> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes && `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function checkExtension(shown: string): void {
  const extension = extname(shown);
  if (!extensions.includes(extension)) {
    throw new UsageError(`${shown}: expected a module that ends in ${extensions.join(', ')}`);
  }
  const stripsTypes = Boolean(Reflect.get(process.features, 'typescript'));
  if (!extension.endsWith('ts') || stripsTypes) return;
  throw new UsageError(
    `${shown}: expected a .js or .mjs module, because Node ${process.version} does not strip types; take Node ` +
      '22.18 or newer, or compile the module first',
  );
}

let hooked = false;

async function imported(file: string, shown: string): Promise<object> {
  if (!hooked) register(new URL('./ownHooks.js', import.meta.url));
  hooked = true;
  watchPlaces();
  try {
    const namespace: object = await import(pathToFileURL(file).href);
    return namespace;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const line = placeOf(cause) === undefined && cause instanceof SyntaxError ? await wrongLine(file) : '';
    throw new ModuleError(`${shown} cannot be imported: ${why}${line}`, { cause });
  }
}

/** Node names the line of a syntax error only where it checks a program of its own. */
async function wrongLine(file: string): Promise<string> {
  const code = await readFile(file);
  const said = await new Promise<string>((done) => {
    const args = ['--check', '--input-type=module', '-'];
    const child = execFile(process.execPath, args, (_error, _stdout, stderr) => done(stderr));
    child.stdin?.on('error', () => {}).end(code);
  });
  const [, line] = /^\[stdin\]:(\d+)/.exec(said) ?? [];
  return line === undefined ? '' : ` (line ${line})`;
}

/** Training checks the members. */
function costOf(path: string, { name, value }: Exported): Cost {
  if (costNames.some((each) => each === value)) return costNamed(String(value));
  if (isCost(value)) return value;
  throw new UsageError(
    `${path}, ${name}: expected a cost of customCost({ name, unit, of }), or one of ${costNames.join(', ')}, got ${textOf(value)}`,
  );
}

function isCost(value: unknown): value is Cost {
  return typeof value === 'object' && value !== null && 'of' in value && typeof value.of === 'function';
}

function functionOf(path: string, { name, value }: Exported): (given: ModelGiven) => unknown {
  if (isBuilder(value)) return value;
  throw new UsageError(`${path}, ${name}: expected a function that builds a model, got ${textOf(value)}`);
}

function isBuilder(value: unknown): value is (given: ModelGiven) => unknown {
  return typeof value === 'function';
}

function modelOf(where: string, built: unknown): SequenceModel {
  if (isModel(built)) return built;
  throw new UsageError(
    `${where}: expected a function that returns a model { parameters, sequence(input) }, got ${textOf(built)}`,
  );
}

/** Training checks the parameters. */
function isModel(built: unknown): built is SequenceModel {
  return (
    typeof built === 'object' &&
    built !== null &&
    'sequence' in built &&
    typeof built.sequence === 'function' &&
    'parameters' in built
  );
}
