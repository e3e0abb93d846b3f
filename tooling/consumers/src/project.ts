import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { run } from './run.js';

/** The version of tfjs that examples install. */
const tfjs = '4.22.0';

/** A stranger's project in a folder of its own, far from this workspace. */
export interface Project {
  readonly folder: string;
  /** Adds packages by name: ours from their tarballs, all others from the registry. */
  install(names: readonly string[]): Promise<void>;
  /** Where copies of a package lie, below the project. */
  copiesOf(name: string): string[];
  remove(): void;
}

export function createProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'tapehead-consumer-'));
  const tarballs = inject('tarballs');
  const installed: Record<string, string> = {};
  const specOf = (name: string): string => {
    const tarball = tarballs[name];
    if (tarball !== undefined) return `file:${tarball}`;
    return name.startsWith('@tensorflow/') ? tfjs : '*';
  };
  return {
    folder,
    async install(names) {
      if (names.every((name) => name in installed)) return;
      for (const name of names) installed[name] = specOf(name);
      const ours = Object.keys(tarballs).filter((name) => installed[name] === undefined);
      const overrides = Object.fromEntries(ours.map((name) => [name, specOf(name)]));
      const manifest = { private: true, type: 'module', dependencies: installed, overrides };
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
      await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], folder);
    },
    copiesOf(name) {
      const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
      return Object.keys(lock.packages).filter((path) => path.endsWith(`node_modules/${name}`));
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
