import type { Known } from '../experiments.js';
import { count } from '../output.js';
import type { Spread } from './statistics.js';

export const NONE = '–';

/** Bits a sequence: to three places below one bit, to two below 100. */
export function bitsText(bits: number): string {
  return bits.toFixed(bits < 1 ? 3 : bits < 100 ? 2 : 1);
}

export function percent(fraction: number): string {
  const value = 100 * fraction;
  return `${value.toFixed(value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2)} %`;
}

/** The median, and from where to where the seeds reach, if there are several. */
export function spreadText(spread: Spread | undefined, text: (value: number) => string): string {
  if (spread === undefined) return NONE;
  const [median, least, most] = [spread.median, spread.least, spread.most].map(text);
  return least === most ? `${median}` : `${median} (${least} to ${most})`;
}

/** As it was told; `≈` for what is read off a figure. */
export function knownBits({ source, bits, below }: Known): string {
  if (bits === undefined) return NONE;
  return `${below ? 'under ' : source === 'paper' ? '≈ ' : ''}${bits}`;
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `a, b and c` */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
