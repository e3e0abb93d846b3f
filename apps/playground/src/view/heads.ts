import type { HeadName } from '../run/episodeSpec.js';

/** `Write head`, or `Write head 2` where there are several. */
export function headLabel({ kind, index }: HeadName, heads: readonly HeadName[]): string {
  const several = heads.filter((head) => head.kind === kind).length > 1;
  return `${kind === 'write' ? 'Write' : 'Read'} head${several ? ` ${index + 1}` : ''}`;
}

/** A value of a select for a head, and back. */
export const headKey = ({ kind, index }: HeadName): string => `${kind} ${index}`;

export function headFrom(key: string): HeadName {
  const [kind, index] = key.split(' ');
  return { kind: kind === 'read' ? 'read' : 'write', index: Number(index) };
}
