interface Range {
  readonly least: number;
  readonly most: number;
}

/** How large an episode is where nobody says: half of the largest of training, enough to see and to read. */
export function usualSize({ least, most }: Range): number {
  return Math.max(least, Math.ceil(most / 2));
}

/** The sizes to choose from: as small as in training, or a quarter of it; at least twice as large, or as measured. */
export function sizesToChoose(trained: Range, measured: readonly number[]): Range {
  const least = trained.least < trained.most ? trained.least : Math.ceil(trained.most / 4);
  return { least, most: Math.max(2 * trained.most, ...measured) };
}
