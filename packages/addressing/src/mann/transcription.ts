/** The addressing of MANN for one sequence, as loops over plain numbers; heads are flat, one after the other. */

const at = (list: readonly number[], i: number): number => list[i] ?? Number.NaN;

export function slowUsage(
  decay: number,
  usage: number[],
  readWeights: number[],
  writeWeights: number[],
): number[] {
  return usage.map((u, i) => {
    let next = decay * u;
    for (let k = i; k < readWeights.length; k += usage.length) next += at(readWeights, k);
    for (let k = i; k < writeWeights.length; k += usage.length) next += at(writeWeights, k);
    return next;
  });
}

export function slowLeastUsed(usage: number[], count: number): number[] {
  const order = usage.map((_, i) => i).sort((i, j) => at(usage, i) - at(usage, j) || i - j);
  return usage.map((_, i) => (order.indexOf(i) < count ? 1 : 0));
}

export function slowWriteWeighting(gate: number[], readWeights: number[], leastUsed: number[]): number[] {
  const rows = leastUsed.length;
  return readWeights.map((w, k) => {
    const g = at(gate, Math.floor(k / rows));
    return g * w + (1 - g) * at(leastUsed, k % rows);
  });
}
