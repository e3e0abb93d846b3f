/** Where a value stands, as WGSL, for an index in WGSL: of an array in workgroup storage, or of a part of a buffer. */
export type Place = (index: string) => string;

/** An array, or the part of one that begins at `first`. */
export function placeIn(array: string, first = ''): Place {
  return first === '' ? (index) => `${array}[${index}]` : (index) => `${array}[${first} + ${index}]`;
}

/** The part of a place that begins at `first`. */
export function from(place: Place, first: string | number): Place {
  return first === 0 ? place : (index) => place(`${first} + ${index}`);
}

/** A number as an unsigned WGSL literal. */
export const u = (count: number): string => `${count}u`;
