import type { EditedMemory, ForcedGate, ForcedShift, Meddling } from '../run/episodeSpec.js';

export type Forced = ForcedGate | ForcedShift;

/** Steps `from` to `to`, the last not included, in which nothing changes in what is done to the net. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  /** Done to the memory before the first step. */
  readonly edits: readonly EditedMemory[];
  /** Done to the heads at each step; what comes later overrides what comes before. */
  readonly forced: readonly Forced[];
}

/** Cuts an episode where somebody meddles with it. What lies beyond its last step is left out. */
export function segmentsOf(steps: number, meddling: readonly Meddling[]): Segment[] {
  const cuts = new Set([0, ...meddling.flatMap(cutsOf).filter((step) => step < steps)]);
  const starts = [...cuts].sort((a, b) => a - b);
  return starts.map((from, i) => ({
    from,
    to: starts[i + 1] ?? steps,
    edits: meddling.filter((each) => each.what === 'memory').filter(({ step }) => step === from),
    forced: meddling.filter(isForced).filter((each) => isActive(each, from)),
  }));
}

function cutsOf(each: Meddling): number[] {
  const once = isForced(each) && each.lasts === 'once';
  return once ? [each.step, each.step + 1] : [each.step];
}

function isForced(each: Meddling): each is Forced {
  return each.what !== 'memory';
}

function isActive({ step, lasts }: Forced, at: number): boolean {
  return lasts === 'once' ? step === at : step <= at;
}
