import type { HeadParameters, Intervention, NTM, NtmState } from '@tapehead/ntm';
import { add, mul, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { EditedMemory, HeadName } from '../run/episodeSpec.js';
import type { Forced } from './segments.js';

/** What the forced gates and shifts of a segment do to what the heads say; nothing where none is forced. */
export function interventionOf(forced: readonly Forced[], { config }: NTM): Intervention | undefined {
  if (forced.length === 0) return undefined;
  return {
    read: (said) => forcedTo(forced, 'read', said, [config.readHeads, config.shifts]),
    write: (said) => forcedTo(forced, 'write', said, [config.writeHeads, config.shifts]),
  };
}

function forcedTo<Said extends HeadParameters>(
  forced: readonly Forced[],
  kind: HeadName['kind'],
  said: Said,
  [heads, taps]: [number, number],
): Said {
  let [gate, shift] = [said.gate, said.shift];
  for (const { what, head, value } of forced) {
    if (head.kind !== kind || head.index >= heads) continue;
    if (what === 'gate') {
      gate = replaced(gate, [1, heads], (i) => (i === head.index ? value : undefined));
      continue;
    }
    const reach = (taps - 1) / 2;
    const tap = reach + Math.min(reach, Math.max(-reach, value));
    shift = replaced(shift, [1, heads, taps], (i) =>
      Math.floor(i / taps) === head.index ? Number(i % taps === tap) : undefined,
    );
  }
  return { ...said, gate, shift };
}

/** The state with rows or cells of its memory set, `[1, N, M]`. */
export function withEdits(state: NtmState, edits: readonly EditedMemory[]): NtmState {
  let { memory } = state;
  const [, , width] = memory.shape;
  for (const { row, cell, value } of edits) {
    memory = replaced(memory, memory.shape, (i) => {
      const hit = Math.floor(i / width) === row && (cell === undefined || i % width === cell);
      return hit ? value : undefined;
    });
  }
  return { ...state, memory };
}

/** The tensor with some of its values replaced: all but those kept, plus those put in. */
function replaced<T extends Tensor>(whole: T, shape: number[], by: (index: number) => number | undefined): T {
  const values = Array.from({ length: whole.size }, (_, i) => by(i));
  const kept = tensor(
    values.map((value) => (value === undefined ? 1 : 0)),
    shape,
  );
  const put = tensor(
    values.map((value) => value ?? 0),
    shape,
  );
  return add<T>(mul(whole, kept), put);
}
