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

/** A `[N, M]` array as the formulas index it, which take it turned, `[M, N]`. */
export const turned =
  (place: Place): Place =>
  (index) =>
    place(`((${index}) % N) * M + (${index}) / N`);

/**
 * Tensors that stand one behind the other from `first` of a buffer on, each with its batch: of each the part of sequence
 * `b`, where such a part has so many floats.
 */
export function batched<Name extends string>(
  buffer: string,
  sizes: Readonly<Record<Name, number>>,
  first = '0u',
): Record<Name, Place> {
  const places = {} as Record<Name, Place>;
  let before = 0;
  for (const name of Object.keys(sizes) as Name[]) {
    places[name] = placeIn(buffer, `${first} + given.B * ${u(before)} + b * ${u(sizes[name])}`);
    before += sizes[name];
  }
  return places;
}

/** Sizes as constants of WGSL. */
export function constants(sizes: Readonly<Record<string, number>>): string {
  return Object.entries(sizes)
    .map(([name, value]) => `const ${name} = ${u(value)};\n`)
    .join('');
}
