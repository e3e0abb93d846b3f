import { resolve } from 'node:path';
import { UsageError } from '../exit.js';
import { idOf, nameOf, placeOf } from '../reproduce/folder.js';
import type { RunFile } from '../reproduce/format.js';
import { loadModule, type OwnModule } from './module.js';
import { sayChanged, unchangedModule } from './note.js';
import { isModulePath } from './path.js';

export interface Named {
  /** By their names. */
  tasks: readonly string[];
  /** Modules of the tasks that are of one, by the names of these. */
  modules: ReadonlyMap<string, OwnModule>;
}

/**
 * The tasks that were named, and the modules of these and of those that are stored.
 * @param given names of tasks, and paths of modules
 * @throws UsageError for two modules with tasks of one name, and for a stored run's module that is missing or has changed
 */
export async function namedTasks(
  out: string,
  given: readonly string[],
  stored: ReadonlyMap<string, RunFile>,
): Promise<Named> {
  const modules = new Map<string, OwnModule>();
  const tasks: string[] = [];
  for (const each of given) {
    const own = isModulePath(each) ? await loadModule(each) : undefined;
    const name = own?.task().name ?? each;
    const before = modules.get(name);
    if (before !== undefined && before.file !== own?.file)
      throw new UsageError(
        `${each}: expected another name than '${name}', which the task of ${before.path} has`,
      );
    if (own !== undefined) modules.set(name, own);
    tasks.push(name);
  }
  for (const run of stored.values()) await addStored(out, run, modules);
  return { tasks, modules };
}

async function addStored(out: string, run: RunFile, modules: Map<string, OwnModule>): Promise<void> {
  const { name, module, digest = '' } = run.task;
  if (module === undefined) return;
  const place = placeOf(out, nameOf(idOf(run)));
  const named = modules.get(name);
  if (named !== undefined) sayChanged(named, digest, place.run);
  else modules.set(name, await unchangedModule(resolve(place.folder, module), digest, place.run, ''));
}
