/** How large an episode is where nobody says: half of the largest of training, enough to see and to read. */
export function usualSize({ least, most }: { least: number; most: number }): number {
  return Math.max(least, Math.ceil(most / 2));
}
