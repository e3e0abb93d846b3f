import { from, type Place, placeIn, u } from './place.js';

/** The arrays that the lanes of a workgroup share. */
export interface Shared<Name extends string> {
  readonly at: Readonly<Record<Name, Place>>;
  /** Their declarations. */
  readonly declarations: string;
  /** Floats of a buffer, for each workgroup, that hold what workgroup storage does not. */
  readonly scratch: number;
}

/** What a device gives a workgroup. */
export interface WorkgroupLimits {
  readonly lanes: number;
  /** Bytes of workgroup storage. */
  readonly storage: number;
}

/** The lanes of a workgroup: no more than there is work for, because all wait for each other at barriers. */
export function lanesFor(
  work: number,
  { maxComputeInvocationsPerWorkgroup: most }: GPUSupportedLimits,
): number {
  return Math.min(256, 2 ** Math.floor(Math.log2(most)), Math.max(32, 2 ** Math.ceil(Math.log2(work))));
}

/**
 * Puts arrays into workgroup storage, the smallest first, while there is room; the rest stand in a buffer.
 * @param scratchAt where, for each workgroup; by default from the WGSL variable `scratch` of `workspace` on
 */
export function share<Name extends string>(
  sizes: Readonly<Record<Name, number>>,
  { lanes, storage }: WorkgroupLimits,
  scratchAt: Place = placeIn('workspace', 'scratch'),
): Shared<Name> {
  const names = Object.keys(sizes) as Name[];
  const at = {} as Record<Name, Place>;
  const declarations: string[] = [];
  let room = Math.floor(storage / 4) - lanes - 16;
  let scratch = 0;
  for (const name of names.sort((a, b) => sizes[a] - sizes[b])) {
    const size = Math.max(1, sizes[name]);
    if (size <= room) {
      room -= size;
      declarations.push(`var<workgroup> shared_${name}: array<f32, ${u(size)}>;`);
      at[name] = placeIn(`shared_${name}`);
    } else {
      at[name] = from(scratchAt, u(scratch));
      scratch += size;
    }
  }
  return { at, declarations: declarations.join('\n'), scratch };
}
