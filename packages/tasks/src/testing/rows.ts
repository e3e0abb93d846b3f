/** The rows of a row-major array, `width` numbers each. */
export function rows(values: ArrayLike<number>, width: number): number[][] {
  const all = Array.from(values);
  return Array.from({ length: all.length / width }, (_, t) => all.slice(t * width, (t + 1) * width));
}

/** `count` rows of `width` zeros. */
export function zeroRows(count: number, width: number): number[][] {
  return Array.from({ length: count }, () => Array.from({ length: width }, () => 0));
}
