import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A package of this house that goes to the registry. */
export interface Published {
  name: string;
  version: string;
  folder: string;
  /** What can be imported: the package itself and its sub-paths. */
  entries: string[];
  /** Peers that npm asks for, with the ranges they may have. */
  peers: Record<string, string>;
  /** Peers that only some of `entries` need. */
  optionalPeers: string[];
}

interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  exports?: Record<string, unknown>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

export const root = fileURLToPath(new URL('../../..', import.meta.url));

function publishedIn(folder: string): Published[] {
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.private) return [];
  const { name, version, exports = {}, peerDependencies = {}, peerDependenciesMeta: meta = {} } = manifest;
  const paths = Object.keys(exports).filter((path) => !path.endsWith('.json'));
  const peers = Object.entries(peerDependencies).filter(([peer]) => !meta[peer]?.optional);
  return [
    {
      name,
      version,
      folder,
      entries: paths.map((path) => posix.join(name, path)),
      peers: Object.fromEntries(peers),
      optionalPeers: Object.keys(meta).filter((peer) => meta[peer]?.optional),
    },
  ];
}

/** Every folder of `packages/` whose package is not private. */
export const published: Published[] = readdirSync(join(root, 'packages')).flatMap((folder) =>
  publishedIn(join(root, 'packages', folder)),
);
