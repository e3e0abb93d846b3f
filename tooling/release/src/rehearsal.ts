import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { published, root } from '@tapehead/consumers/published';
import { run } from '@tapehead/consumers/run';

/** The next release of the last commit, made in a clone. */
export interface Rehearsal {
  /** Names of the packages that changesets speak of. */
  readonly changed: readonly string[];
  /** Packages as packed, by name. */
  readonly tarballs: ReadonlyMap<string, Tarball>;
  /** What `pnpm publish` says that it would publish: `name@version`. */
  readonly announced: readonly string[];
  remove(): void;
}

/** A package as it would be published. */
export interface Tarball {
  readonly manifest: Manifest;
  readonly changelog: string;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly repository?: { readonly url: string; readonly directory?: string };
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean };
}

const bin = join(root, 'node_modules/.bin');
const pnpm = join(bin, 'pnpm');
const packages = ['--filter', './packages/*'];

/** Turns the changesets of a clone into versions and changelogs; packs and, but for the last word, publishes. */
export async function rehearse(): Promise<Rehearsal> {
  const above = mkdtempSync(join(tmpdir(), 'tapehead-release-'));
  const clone = join(above, 'clone');
  await run('git', ['clone', '--quiet', root, clone], above);
  const changed = changesetsIn(clone);
  await writeVersions(clone);
  await installIn(clone);
  await run(pnpm, ['--recursive', ...packages, 'pack', '--pack-destination', above], clone);
  const publishing = ['--recursive', ...packages, 'publish', '--dry-run', '--no-git-checks'];
  const said = await run(pnpm, publishing, clone);
  return {
    changed,
    tarballs: await tarballsIn(above),
    announced: said.split('\n').flatMap((line) => (line.startsWith('+ ') ? [line.slice(2)] : [])),
    remove: () => rmSync(above, { recursive: true }),
  };
}

function changesetsIn(clone: string): string[] {
  const folder = join(clone, '.changeset');
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  const heads = files.map((file) => readFileSync(join(folder, file), 'utf8').split('---')[1] ?? '');
  const names = heads.flatMap((head) => [...head.matchAll(/^["'](.+)["']:/gm)].map(([, name = '']) => name));
  return [...new Set(names)];
}

async function writeVersions(clone: string): Promise<void> {
  const modules = join(clone, 'node_modules');
  symlinkSync(join(root, 'node_modules'), modules);
  await run(join(bin, 'changeset'), ['version'], clone);
  rmSync(modules);
}

/** Links the packages, as built here, with each other, by the lockfile as it is: new versions must not need a new one. */
async function installIn(clone: string): Promise<void> {
  const install = ['install', '--prefer-offline', '--frozen-lockfile', '--ignore-scripts'];
  await run(pnpm, [...install, ...packages], clone);
  for (const { folder } of published) {
    cpSync(join(folder, 'dist'), join(clone, 'packages', basename(folder), 'dist'), { recursive: true });
  }
}

async function tarballsIn(folder: string): Promise<Map<string, Tarball>> {
  const tarballs = new Map<string, Tarball>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
    const read = (name: string) => run('tar', ['-xzOf', file, `package/${name}`], folder);
    const manifest: Manifest = JSON.parse(await read('package.json'));
    tarballs.set(manifest.name, { manifest, changelog: await read('CHANGELOG.md') });
  }
  return tarballs;
}
