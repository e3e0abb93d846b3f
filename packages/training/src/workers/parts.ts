/** The items in order, in `count` parts whose sizes differ by one at most; in fewer where there are fewer items. */
export function partsOf<T>(items: readonly T[], count: number): (readonly T[])[] {
  const parts = Math.min(count, items.length);
  const start = (part: number) => Math.floor((part * items.length) / parts);
  return Array.from({ length: parts }, (_, part) => items.slice(start(part), start(part + 1)));
}
