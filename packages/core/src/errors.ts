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
 * The error class of all Tapehead packages. The message names the argument, what was expected and what came.
 *
 * @example
 * try {
 *   contentAddressing(key, memory, beta);
 * } catch (error) {
 *   if (error instanceof TapeheadError && error.code === 'shape') console.log(error.message);
 * }
 */
export class TapeheadError extends Error {
  override readonly name = 'TapeheadError';
  readonly code: TapeheadErrorCode;

  constructor(code: TapeheadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * True for a `TapeheadError`, also for one of another version of `@tapehead/core`, or one that came from a worker:
 * it goes by the name. Within one installation `instanceof TapeheadError` does the same.
 */
export function isTapeheadError(error: unknown): error is TapeheadError {
  return error instanceof Error && error.name === 'TapeheadError';
}
