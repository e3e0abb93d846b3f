/** Costs of some sequences on end. */
export interface CurvePoint {
  /** The last of them. */
  readonly sequences: number;
  /** Their mean cost, in bits a sequence. */
  readonly bits: number;
  /** The mean cost of the last 1,000 sequences. */
  readonly mean: number;
}

/** Updates that one point of the curve stands for, at most. */
const SPAN = 32;

/** Gathers costs into points, to be taken now and then. */
export function createCurve(): {
  add(cost: { sequences: number; cost: number; meanCost: number }): void;
  take(): CurvePoint[];
} {
  let points: CurvePoint[] = [];
  let [sum, count] = [0, 0];
  let last: CurvePoint | undefined;
  const close = (): void => {
    if (last !== undefined) points.push({ ...last, bits: sum / count });
    [sum, count, last] = [0, 0, undefined];
  };
  return {
    add({ sequences, cost, meanCost: mean }) {
      sum += cost;
      count += 1;
      last = { sequences, bits: cost, mean };
      if (count === SPAN) close();
    },
    take() {
      close();
      const taken = points;
      points = [];
      return taken;
    },
  };
}
