/** A head of the net: the first write head is `{ kind: 'write', index: 0 }`. */
export interface HeadName {
  readonly kind: 'read' | 'write';
  readonly index: number;
}

interface AtStep {
  readonly step: number;
}

/** Holds a head's gate at a value, at one step or from there on. */
export interface ForcedGate extends AtStep {
  readonly what: 'gate';
  readonly head: HeadName;
  readonly value: number;
  readonly lasts: 'once' | 'on';
}

/** Shifts a head by so many rows, whatever it says, at one step or from there on. */
export interface ForcedShift extends AtStep {
  readonly what: 'shift';
  readonly head: HeadName;
  readonly value: number;
  readonly lasts: 'once' | 'on';
}

/** Sets a row of the memory, or one cell of it, just before a step. */
export interface EditedMemory extends AtStep {
  readonly what: 'memory';
  readonly row: number;
  /** All cells of the row, where left out. */
  readonly cell?: number | undefined;
  readonly value: number;
}

/** Something that a person does to a net in the middle of an episode. */
export type Meddling = ForcedGate | ForcedShift | EditedMemory;

/** One episode and what is done to the net in it; the same spec, the same episode. */
export interface EpisodeSpec {
  readonly seed: number;
  /** How large, by the names of the task's axes: `{ length: 20 }`. */
  readonly size: Readonly<Record<string, number>>;
  /** Bits that are said instead of drawn: the first so many of those that the task draws. */
  readonly bits: readonly (0 | 1)[];
  readonly meddling: readonly Meddling[];
}
