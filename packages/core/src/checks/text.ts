import { Tensor } from '@tensorflow/tfjs-core';

/** The longest text of a value in an error message. */
const LONGEST = 60;

/**
 * A value as it appears in an error message: on one line, of bounded length, without control characters, and never
 * throwing itself.
 */
export function textOf(value: unknown): string {
  return printable(raw(value), LONGEST);
}

/** Control characters and line ends become `\uXXXX`; what is longer than `longest` ends in `…`. */
export function printable(text: string, longest = 200): string {
  const short = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029\p{Cs}]/gu,
    (each) => `\\u${(each.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}

function raw(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Tensor) return `a tensor of shape [${value.shape}]`;
  return isSymbolic(value) ? 'a symbolic tensor' : 'an object';
}

/** Of tfjs-layers, which this package does not import. */
const isSymbolic = (value: object): boolean => 'sourceLayer' in value && 'nodeIndex' in value;
