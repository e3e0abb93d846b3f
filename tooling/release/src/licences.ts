import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@tapehead/consumers/published';
import { run } from '@tapehead/consumers/run';
import satisfies from 'spdx-satisfies';

/** Someone else's package, and its licence as an SPDX expression. */
export interface Licensed {
  readonly name: string;
  readonly licence: string;
}

/** Licences under which anyone may use, change and pass on, with a notice at most. */
const free = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'];

/** Those that are not free: what has no licence, or none that SPDX knows, is not. */
export function notFree(all: readonly Licensed[], besides: readonly string[] = []): Licensed[] {
  return all.filter(({ licence }) => !satisfied(licence, [...free, ...besides]));
}

function satisfied(licence: string, allowed: string[]): boolean {
  try {
    return satisfies(licence, allowed);
  } catch {
    return false;
  }
}

/** What published packages depend on, their peers included, and what those depend on in turn. */
export async function dependencies(): Promise<Licensed[]> {
  const listed = await run(
    join(root, 'node_modules/.bin/pnpm'),
    ['--filter', './packages/*', 'licenses', 'list', '--json'],
    root,
  );
  const byLicence: Record<string, { name: string }[]> = JSON.parse(listed);
  return Object.entries(byLicence).flatMap(([licence, packages]) =>
    packages.map(({ name }) => ({ name, licence })),
  );
}

/** What the build of the playground says that it put into the page and its worker. */
export function bundled(): Licensed[] {
  return ['dist/licences.json', 'build/licences.json'].flatMap((file) => {
    const found: { name: string; identifier?: string | null }[] = JSON.parse(
      readFileSync(join(root, 'apps/playground', file), 'utf8'),
    );
    return found.map(({ name, identifier }) => ({ name, licence: identifier ?? '' }));
  });
}
