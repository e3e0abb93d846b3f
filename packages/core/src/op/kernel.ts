import { kernelName, type OpName } from '../engine.js';

/** What a kernel is told beside its tensors. */
export type Settings = Readonly<Record<string, number | boolean>>;

/** The attributes of a kernel call, as tfjs hands them on. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Whatever has a shape. */
export interface Shaped {
  readonly shape: readonly number[];
}

/** A tensor that a kernel takes or gives, all of them float32. */
export interface Port extends Shaped {
  readonly name: string;
}

/**
 * A kernel, declared: what it takes and gives. The guard that runs before any pointer is taken, the sizes of what is
 * allocated and the estimate of the memory are derived from this, on every backend.
 */
export interface Kernel<S extends Settings = Settings> {
  /** The name under which tfjs knows it; see `kernelName`. */
  readonly name: string;
  /** The settings of a call. */
  settingsOf(attributes: Attributes, given: readonly Shaped[]): S;
  /**
   * The tensors that it takes, in order.
   * @param given for kernels of any number of tensors
   * @param workspaces what a forward pass on this backend keeps, for kernels that come after one
   */
  takes(settings: S, given: readonly Shaped[], workspaces: readonly Port[]): readonly Port[];
  /** The tensors that it gives, in order; a forward pass that keeps workspaces gives them behind these. */
  gives(settings: S, given: readonly Shaped[]): readonly Port[];
  /** Whether it changes the i-th of the tensors that it takes. Default: none. */
  changes?(index: number): boolean;
  /** The work in words, such as `batch 64, time 41`. */
  about(settings: S, given: readonly Shaped[]): string;
}

/** A kernel of any number of tensors, and without a gradient; see {@link declareKernel}. */
export interface KernelDeclaration<N extends string> extends Pick<OpName, 'name' | 'version'> {
  /** The numbers that it is told. */
  readonly numbers: readonly N[];
  /** The tensors that it takes, in order. */
  takes(given: readonly Shaped[]): readonly Port[];
  /** The tensors that it gives, in order. */
  gives(given: readonly Shaped[]): readonly Port[];
  /** Whether it changes the i-th of the tensors that it takes. Default: none. */
  changes?(index: number): boolean;
}

/** Declares a kernel whose shapes follow from the tensors that it is given. */
export function declareKernel<N extends string>({
  numbers,
  takes,
  gives,
  ...rest
}: KernelDeclaration<N>): Kernel<Readonly<Record<N, number>>> {
  return {
    ...rest,
    name: kernelName(rest),
    settingsOf: (attributes) => numbersAmong(numbers, attributes),
    takes: (_settings, given) => takes(given),
    gives: (_settings, given) => gives(given),
    about: (_settings, given) => `${sumOf(given.map(sizeOf))} numbers`,
  };
}

/** The numbers of a tensor of this shape; in floating point, so that it cannot wrap. */
export function sizeOf({ shape }: Shaped): number {
  return shape.reduce((product, each) => product * each, 1);
}

/** The numbers of these names among the attributes of a kernel call. */
export function numbersAmong<N extends string>(
  names: readonly N[],
  attributes: Attributes,
): Readonly<Record<N, number>> {
  const numbers: Record<string, number> = {};
  for (const name of names) numbers[name] = Number(attributes[name]);
  if (hasAll(names, numbers)) return numbers;
  throw new Error('every name was given a number');
}

function hasAll<N extends string>(
  names: readonly N[],
  numbers: Readonly<Record<string, number>>,
): numbers is Readonly<Record<N, number>> & Readonly<Record<string, number>> {
  return names.every((name) => numbers[name] !== undefined);
}

/**
 * The ports of these names that all have one shape. They are made once for an array: a variable has the same array for its
 * shape at every update.
 */
export function portsByShape(names: readonly string[]): (shaped: Shaped) => readonly Port[] {
  const known = new WeakMap<readonly number[], readonly Port[]>();
  return ({ shape }) => {
    const ports = known.get(shape) ?? names.map((name) => ({ name, shape }));
    known.set(shape, ports);
    return ports;
  };
}

/** All counts together. */
export const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);

/** `tensor 0`, `tensor 1`, …: made once. */
const numbered = /* @__PURE__ */ new Map<string, string[]>();

/** Ports that are only numbered: `tensor 0`, `tensor 1`, … */
export function portsOf(name: string, shapes: readonly (readonly number[])[]): Port[] {
  const names = numbered.get(name) ?? [];
  numbered.set(name, names);
  return shapes.map((shape, i) => {
    names[i] ??= `${name} ${i}`;
    return { name: names[i], shape };
  });
}
