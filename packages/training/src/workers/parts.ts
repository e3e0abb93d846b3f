/** A part of a batch, and the part that it is of all of it. */
export interface Part<T> {
  readonly items: readonly T[];
  readonly weight: number;
}

/** The items in order, in `count` parts whose sizes differ by one at most; in fewer where there are fewer items. */
export function partsOf<T>(items: readonly T[], count: number): Part<T>[] {
  const parts = Math.min(count, items.length);
  const start = (part: number) => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => {
    const share = items.slice(start(part), start(part + 1));
    return { items: share, weight: share.length / items.length };
  });
}
