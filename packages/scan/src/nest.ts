import { printable, TapeheadError, textOf } from '@tapehead/core';
import { Tensor } from '@tensorflow/tfjs-core';

/** What tensors in a nest of arrays and plain objects look like without the tensors. */
export type Structure =
  | { readonly kind: 'tensor' }
  | { readonly kind: 'list'; readonly parts: readonly Structure[] }
  | { readonly kind: 'record'; readonly parts: readonly (readonly [name: string, part: Structure])[] };

/** A nest in one list. `paths[i]` says where `leaves[i]` stands, such as `state.cells[0].h`. */
export interface Flat {
  readonly structure: Structure;
  readonly leaves: readonly Tensor[];
  readonly paths: readonly string[];
}

/**
 * The tensors of a nest in one list, and its structure.
 *
 * @param name the nest in error messages
 * @throws TapeheadError `argument` for what is no nest: it names the path
 */
export function flatten(name: string, nest: unknown): Flat {
  const leaves: Tensor[] = [];
  const paths: string[] = [];
  const structure = visit(name, nest, [], (path, leaf) => {
    leaves.push(leaf);
    paths.push(path);
  });
  return { structure, leaves, paths };
}

function visit(
  path: string,
  given: unknown,
  above: readonly unknown[],
  found: (path: string, leaf: Tensor) => void,
): Structure {
  if (given instanceof Tensor) {
    checkLeaf(path, given);
    found(path, given);
    return { kind: 'tensor' };
  }
  const within = [...above, given];
  const part = (at: string, value: unknown) => {
    if (within.includes(value)) throw wrongPart(at, 'an object that contains itself');
    return visit(at, value, within, found);
  };
  if (isList(given)) {
    return { kind: 'list', parts: Array.from(given, (value, i) => part(`${path}[${i}]`, value)) };
  }
  if (isRecord(given)) {
    const parts = Object.entries(given).map(([name, value]): [string, Structure] => [
      name,
      part(`${path}.${printable(name, 60)}`, value),
    ]);
    return { kind: 'record', parts };
  }
  throw wrongPart(path, textOf(given));
}

function wrongPart(path: string, got: string): TapeheadError {
  return new TapeheadError(
    'argument',
    `${path}: expected a tensor, or tensors in arrays and plain objects, got ${got}`,
  );
}

function checkLeaf(path: string, leaf: Tensor): void {
  if (leaf.isDisposed) throw wrongPart(path, 'a disposed tensor');
  if (leaf.dtype === 'string' || leaf.dtype === 'complex64') {
    throw new TapeheadError('argument', `${path}: expected a tensor of numbers, got one of ${leaf.dtype}`);
  }
}

const isList = (given: unknown): given is readonly unknown[] => Array.isArray(given);

/** Plain: made by `{}`, here or in another realm. */
function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null) return false;
  const above: unknown = Object.getPrototypeOf(given);
  return above === null || Object.getPrototypeOf(above) === null;
}

/**
 * Throws unless two nests have the same structure; the order of names does not matter.
 *
 * @param name the nest `given` in error messages
 * @param reason why it must have that structure
 * @throws TapeheadError `argument`: it names the first path where they differ
 */
export function checkStructure(name: string, given: Structure, wanted: Structure, reason: string): void {
  const [theirs, own] = [partsOf(wanted), partsOf(given)];
  if (given.kind !== wanted.kind || own.size !== theirs.size) throw differs(name, given, wanted, reason);
  for (const [key, part] of theirs) {
    const same = own.get(key);
    if (same === undefined) throw differs(name, given, wanted, reason);
    checkStructure(`${name}${key}`, same, part, reason);
  }
}

/** By the end of their paths. */
function partsOf(structure: Structure): ReadonlyMap<string, Structure> {
  switch (structure.kind) {
    case 'tensor':
      return new Map();
    case 'list':
      return new Map(structure.parts.map((part, i) => [`[${i}]`, part]));
    case 'record':
      return new Map(structure.parts.map(([name, part]) => [`.${printable(name, 60)}`, part]));
  }
}

function differs(name: string, given: Structure, wanted: Structure, reason: string): TapeheadError {
  return new TapeheadError(
    'argument',
    `${name}: expected ${describe(wanted)}, ${reason}, got ${describe(given)}`,
  );
}

function describe(structure: Structure): string {
  switch (structure.kind) {
    case 'tensor':
      return 'a tensor';
    case 'list':
      return `an array of ${structure.parts.length}`;
    case 'record':
      return structure.parts.length === 0
        ? '{}'
        : `{ ${printable(structure.parts.map(([name]) => name).join(', '))} }`;
  }
}

/** The leaves of a nest in the order of another of the same structure, whose `paths` are these. */
export function inOrderOf({ leaves, paths }: Flat, wanted: readonly string[]): Tensor[] {
  const places = new Map(paths.map((path, i) => [path, leaves[i]]));
  return wanted.flatMap((path) => places.get(path) ?? []);
}

/** A nest of this structure, whose type the caller knows. */
export function rebuild<T>(structure: Structure, leaves: readonly Tensor[]): T;
export function rebuild(structure: Structure, leaves: readonly Tensor[]): unknown {
  let next = 0;
  const build = (part: Structure): unknown => {
    switch (part.kind) {
      case 'tensor':
        return leaves[next++];
      case 'list':
        return part.parts.map(build);
      case 'record':
        return Object.fromEntries(part.parts.map(([name, each]) => [name, build(each)]));
    }
  };
  return build(structure);
}

/** The same text for the same structure. */
export function signatureOf(structure: Structure): string {
  return JSON.stringify(structure);
}
