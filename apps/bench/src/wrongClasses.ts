import type { Episode } from '@tapehead/tasks';

/** Scored steps, and those of them at which the likeliest class is not that of the target. */
export interface ClassCount {
  wrong: number;
  scored: number;
}

/** @param logits `[episodes, T, outputSize]` row-major, T being the steps of the longest */
export function wrongClasses(logits: ArrayLike<number>, episodes: readonly Episode[]): ClassCount {
  const steps = Math.max(...episodes.map((episode) => episode.steps));
  let [wrong, scored] = [0, 0];
  for (const [index, { mask, target, outputSize }] of episodes.entries()) {
    for (const [step, weight] of mask.entries()) {
      if (weight === 0) continue;
      scored++;
      const answer = likeliest(logits, (index * steps + step) * outputSize, outputSize);
      if (answer !== likeliest(target, step * outputSize, outputSize)) wrong++;
    }
  }
  return { wrong, scored };
}

/** The first of the largest of `size` numbers. */
function likeliest(values: ArrayLike<number>, from: number, size: number): number {
  let best = 0;
  for (let i = 1; i < size; i++) {
    if ((values[from + i] ?? Number.NaN) > (values[from + best] ?? Number.NaN)) best = i;
  }
  return best;
}
