import type { Random } from './random.js';

/** `[count, width]` random bits, row-major. */
export function randomVectors(random: Random, count: number, width: number): Float32Array {
  return Float32Array.from({ length: count * width }, () => random.bit());
}

/** Puts `vectors` `[count, width]` into the first `width` channels of `rows` `[steps, channels]` from step `from` on. */
export function placeVectors(
  rows: Float32Array,
  channels: number,
  from: number,
  vectors: Float32Array,
  width: number,
): void {
  for (let t = 0; t * width < vectors.length; t++) {
    rows.set(vectors.subarray(t * width, (t + 1) * width), (from + t) * channels);
  }
}

/** `bit 1`, `bit 2` … */
export function bitNames(width: number): string[] {
  return Array.from({ length: width }, (_, bit) => `bit ${bit + 1}`);
}

/** `1 vector`, `2 vectors` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
