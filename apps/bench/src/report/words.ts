import type { Known } from '../experiments.js';
import { count } from '../output.js';
import type { Spread } from './statistics.js';

export const NONE = '–';

/** Bits a sequence: to three places below one bit, to two below 100, to none from 1,000 on. */
export function bitsText(bits: number): string {
  if (bits >= 1000) return count(Math.round(bits));
  return bits.toFixed(bits < 1 ? 3 : bits < 100 ? 2 : 1);
}

/** A cost in any unit as text: in bits as `bitsText`, or else to three digits. */
export function costTextIn(unit: string): (cost: number) => string {
  return unit.startsWith('bits') ? bitsText : (cost) => String(Number(cost.toPrecision(3)));
}

/** A number at an axis of costs; as a power of ten where it is small. */
export function tickOf(unit: string): { tickFormat?: (value: number) => string } {
  if (unit.startsWith('bits')) return {};
  return { tickFormat: (value) => (value === 0 || value >= 0.01 ? String(value) : value.toExponential()) };
}

/** The unit of a cost as the title of a column. */
export function unitTitle(unit: string): string {
  return unit === 'bits' ? 'bits a sequence' : unit;
}

export function percent(fraction: number): string {
  const value = 100 * fraction;
  if (value > 0 && value < 0.005) return unbroken('under 0.01 %');
  return unbroken(`${value.toFixed(value === 0 || value >= 10 ? 0 : value >= 1 ? 1 : 2)} %`);
}

const NO_BREAK = '\u00a0';

/** The median, and from where to where the seeds reach, if there are several; a line may break between the two. */
export function spreadText(spread: Spread | undefined, text: (value: number) => string): string {
  if (spread === undefined) return NONE;
  const [median, least, most] = [spread.median, spread.least, spread.most].map(text);
  return least === most ? `${median}` : `${median} ${unbroken(`(${least} to ${most})`)}`;
}

/** As it was told; `≈` for what is read off a figure. */
export function knownBits({ source, bits, below }: Known): string {
  if (bits === undefined) return NONE;
  return unbroken(`${below ? 'under ' : source === 'paper' ? '≈ ' : ''}${bits}`);
}

export function unbroken(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `a, b and c` */
export function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
