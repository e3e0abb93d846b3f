import type { Tensor } from '@tensorflow/tfjs-core';

/** What went wrong: a tensor's shape, a value outside its range, or anything else about an argument. */
export type TapeheadErrorCode =
  | 'shape'
  | 'range'
  | 'argument'
  | 'non-finite'
  | 'checkpoint'
  | 'backend'
  | 'worker'
  | 'aborted';

/**
 * The one error class of all Tapehead packages. Each package carries its own copy, so test with
 * `isTapeheadError(error)`, which goes by the name, rather than with `instanceof`.
 */
export class TapeheadError extends Error {
  override readonly name = 'TapeheadError';
  readonly code: TapeheadErrorCode;

  constructor(code: TapeheadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** True for a TapeheadError of any copy of any Tapehead package. */
export function isTapeheadError(error: unknown): error is TapeheadError {
  return error instanceof Error && error.name === 'TapeheadError';
}

/** A dimension: a number is wanted as it is; a name (`'batch'`) takes any size. */
export type Dimension = number | string;

/**
 * Throws unless `tensor.shape` fits `shape`. A name that occurs twice must have the same size twice.
 * @param note what the numbers mean, such as `memoryDim 20`
 * @throws TapeheadError `shape`: `key: expected shape [batch, 20] (memoryDim 20), got [4, 16]`
 */
export function checkShape(
  name: string,
  tensor: Pick<Tensor, 'shape'>,
  shape: readonly Dimension[],
  note = '',
): void {
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((wanted, axis) => {
      const size = tensor.shape[axis];
      return typeof wanted === 'number' ? size === wanted : size === tensor.shape[shape.indexOf(wanted)];
    });
  if (fits) return;
  const meaning = note === '' ? '' : ` (${note})`;
  throw new TapeheadError(
    'shape',
    `${name}: expected shape [${shape.join(', ')}]${meaning}, got [${tensor.shape.join(', ')}]`,
  );
}

/** @throws TapeheadError `range` unless `value` is an integer of at least `least`. */
export function checkInteger(name: string, value: number, least = 1): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new TapeheadError('range', `${name}: expected an integer of at least ${least}, got ${value}`);
}

/** @throws TapeheadError `range` unless `value` is a finite number with `low < value`. */
export function checkAbove(name: string, value: number, low: number): void {
  if (Number.isFinite(value) && value > low) return;
  throw new TapeheadError('range', `${name}: expected a finite number above ${low}, got ${value}`);
}

/** @throws TapeheadError `argument` unless `value` is one of `allowed`. */
export function checkOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return;
  throw new TapeheadError(
    'argument',
    `${name}: expected one of ${allowed.map((each) => `'${each}'`).join(', ')}, got '${String(value)}'`,
  );
}

/** The smallest module: every engine takes it. */
const EMPTY_MODULE = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Why no WebAssembly module can be compiled, if none can: the engine has none, or the page's policy forbids it. */
export async function obstacleToWebAssembly(): Promise<string | undefined> {
  if (typeof WebAssembly === 'undefined') return 'this engine has no WebAssembly';
  try {
    await WebAssembly.compile(EMPTY_MODULE);
    return undefined;
  } catch {
    return (
      "the page's Content-Security-Policy forbids WebAssembly: " +
      "add 'wasm-unsafe-eval' to its script-src directive"
    );
  }
}
