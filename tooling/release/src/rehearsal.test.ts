import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { published } from '@tapehead/consumers/published';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Rehearsal, rehearse, type Tarball } from './rehearsal.js';

let rehearsal: Rehearsal;
beforeAll(async () => {
  rehearsal = await rehearse();
  process.stdout.write(`The next release: ${rehearsal.announced.join(', ') || 'nothing new'}\n`);
});
afterAll(() => rehearsal.remove());

describe.each(published)('the next release of $name', ({ name, folder }) => {
  const tarballOf = (of: string): Tarball => {
    const tarball = rehearsal.tarballs.get(of);
    if (tarball === undefined) throw new Error(`${of} was not packed`);
    return tarball;
  };

  it('has a new version where changesets ask for one, and would be published', () => {
    if (!rehearsal.changed.includes(name)) return;
    const { version } = tarballOf(name).manifest;
    expect(version).not.toBe(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version);
    expect(rehearsal.announced).toContain(`${name}@${version}`);
  });

  it('begins its changelog with its version', () => {
    const { manifest, changelog } = tarballOf(name);
    expect(/^## (.+)$/m.exec(changelog)?.[1]).toBe(manifest.version);
  });

  it('asks for packages of this house by their versions of this release, and for nothing by workspace', () => {
    const { dependencies = {}, peerDependencies = {} } = tarballOf(name).manifest;
    const ranges = { ...peerDependencies, ...dependencies };
    for (const [wanted, range] of Object.entries(ranges)) {
      const ours = rehearsal.tarballs.get(wanted);
      if (ours) expect(range).toBe(`^${ours.manifest.version}`);
      expect(range).not.toMatch(/^(workspace|catalog|link|file):/);
    }
  });

  it('says where it comes from, which provenance compares with where it was built', () => {
    const { repository, publishConfig } = tarballOf(name).manifest;
    expect(repository).toMatchObject({
      url: 'git+https://github.com/tapehead/tapehead.git',
      directory: `packages/${basename(folder)}`,
    });
    expect(publishConfig).toEqual({ access: 'public', provenance: true });
  });
});
