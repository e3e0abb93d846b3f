import type { HeadParameters } from '@tapehead/addressing';
import type { WriteParameters } from './heads.js';

/**
 * Changes what heads say before they act on it, to see what follows: a gate held shut, a shift forced. Each function
 * gets the parameters of all heads of a step and returns them, or others of the same shapes.
 */
export interface Intervention {
  /** What the read heads say instead. */
  readonly read?: ((said: HeadParameters) => HeadParameters) | undefined;
  /** What the write heads say instead. */
  readonly write?: ((said: WriteParameters) => WriteParameters) | undefined;
}
