/** Numbers over time: `values[step * size + row]`. */
export interface Series {
  readonly values: Float32Array;
  readonly steps: number;
  readonly size: number;
}

export function valueAt({ values, size }: Series, step: number, row: number): number {
  return values[step * size + row] ?? Number.NaN;
}

/** The least range around 0 that holds all values of several series, so that panels side by side share a scale. */
export function rangeAroundZero(all: readonly Series[]): [number, number] {
  let greatest = 0;
  for (const { values } of all) {
    for (const value of values) greatest = Math.max(greatest, Math.abs(value));
  }
  return greatest > 0 ? [-greatest, greatest] : [-1, 1];
}
