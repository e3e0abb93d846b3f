import type { HeadName } from '../run/episodeSpec.js';

/** A full triangle for write heads and a ring for read heads: told apart by shape. */
export function HeadMark({ kind }: Pick<HeadName, 'kind'>) {
  return (
    <svg class={`head-mark ${kind}`} viewBox="0 0 12 12" aria-hidden="true">
      {kind === 'write' ? <path d="M1 2h10L6 11z" /> : <circle cx="6" cy="6" r="4" />}
    </svg>
  );
}
