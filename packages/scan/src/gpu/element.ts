import { u } from '@tapehead/core/kernels';
import type { Place } from './places.js';

/** What code is written with. */
export interface CodeContext {
  /** Where a cell is read, and all places where it is written. */
  place(cell: number): Place;
  places(cell: number): readonly Place[];
  /** Whether every lane has the number of a cell, under its `uniformName`. */
  isUniform(cell: number): boolean;
  /** Whether a cell has its own row for each sequence. */
  isRow(cell: number): boolean;
  readonly lanes: number;
  /** The most floats in which lanes hand each other their parts of folds. */
  readonly mostStrands: number;
}

/** A number of a cell, of those from `offset` on; `index`: what is added to the place, beginning with its sign. */
export interface Element {
  readonly cell: number;
  readonly offset: number;
  readonly index: string;
}

export function readCode({ cell, offset, index }: Element, { place, isUniform }: CodeContext): string {
  return isUniform(cell) ? uniformName(cell) : at(place(cell), offset, index);
}

export function writeCode({ cell, offset, index }: Element, value: string, { places }: CodeContext): string {
  return places(cell)
    .map((place) => `${at(place, offset, index)} = ${value};`)
    .join(' ');
}

function at({ buffer, base, offset }: Place, own: number, index: string): string {
  const first = [...(base === undefined ? [] : [base]), u(offset + own)].join(' + ');
  return `${buffer}[${first} ${index}]`;
}

export const uniformName = (cell: number): string => `one${cell}`;

/** The lanes take turns at `count` items. */
export function lanesLoop(name: string, count: number, inside: string): string {
  if (count === 0) return '';
  return `for (var ${name} = lane; ${name} < ${u(count)}; ${name} += LANES) {
${inside}
}`;
}
