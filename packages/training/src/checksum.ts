import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Where the checksum stands in `__metadata__`. */
export const CHECKSUM = 'tapehead.checksum';

/** A tensor as it stands in a file. */
export interface Stored {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * SHA-256 over what a file says, in an order that a program which rewrites the file cannot change: the JSON text
 * `[[[key, text], …], [[name, dtype, shape], …]]` of the metadata and the tensors, each sorted by name, then the bytes
 * of the tensors in the same order.
 */
export function checksumOf(metadata: Readonly<Record<string, string>>, tensors: readonly Stored[]): string {
  const texts = Object.entries(metadata).filter(([key]) => key !== CHECKSUM);
  const sorted = [...tensors].sort((a, b) => byName(a.name, b.name));
  const described = sorted.map(({ name, dtype, shape }) => [name, dtype, shape]);
  const head = JSON.stringify([texts.sort(([a], [b]) => byName(a, b)), described]);
  const hash = sha256.create().update(utf8ToBytes(head));
  for (const { bytes } of sorted) hash.update(bytes);
  return `sha256:${bytesToHex(hash.digest())}`;
}

function byName(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
