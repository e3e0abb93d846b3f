import {
  checkEngine,
  checkOneOf,
  checkOptions,
  type Engine,
  type EngineOption,
  type StepsTaken,
} from '@tapehead/core';

/** How `scan` goes over the sequences. `mask` and `lengths` exclude each other. */
export interface ScanOptions extends EngineOption, StepsTaken {
  /**
   * `forward` (default): from the first step to the last. `backward`: from the last step to the first; outputs stand at
   * the time of their input, and with `lengths` each sequence starts at its own last step.
   */
  readonly direction?: 'forward' | 'backward' | undefined;
}

/** @throws TapeheadError `argument` for an unknown option, engine or direction */
export function checkScanOptions(where: string, options: ScanOptions): Engine {
  checkOptions(where, options, ['engine', 'mask', 'lengths', 'direction']);
  const { engine = 'auto', direction = 'forward' } = options;
  checkEngine(engine);
  checkOneOf('direction', direction, ['forward', 'backward']);
  return engine;
}
