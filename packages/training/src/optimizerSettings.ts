import { isTapeheadError, printable, TapeheadError } from '@tapehead/core';
import type { Optimizer } from '@tensorflow/tfjs-core';
import { adam } from './adam.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { quoted, refuse, show } from './refuse.js';
import type { TrainingState } from './state.js';

/** How an optimizer of this package is made again from its `getConfig`. */
interface Maker {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  make(settings: Record<string, number>): Optimizer;
}

const makers: ReadonlyMap<string, Maker> = new Map([
  [
    'GravesRMSProp',
    {
      required: ['learningRate', 'decay', 'momentum', 'epsilon'],
      optional: ['halfAfter'],
      make: (settings: Record<string, number>): Optimizer => gravesRmsProp(settings),
    },
  ],
  [
    'ExactAdam',
    {
      required: ['learningRate', 'beta1', 'beta2', 'epsilon'],
      optional: [],
      make: (settings: Record<string, number>): Optimizer => adam(settings),
    },
  ],
]);

/**
 * The optimizer that a state was captured with, as it was made.
 * @throws TapeheadError `checkpoint` for a setting that is missing, unknown, no number or out of its range; `argument`
 * for a class that is not known here
 */
export function storedOptimizer({ className, config }: TrainingState['optimizer']): Optimizer {
  const maker = makers.get(className);
  if (maker === undefined) {
    throw new TapeheadError(
      'argument',
      `optimizer: expected one of the class ${printable(className, 60)}, which the checkpoint was trained with, got none`,
    );
  }
  const settings = settingsOf(config, maker);
  try {
    return maker.make(settings);
  } catch (error) {
    if (!isTapeheadError(error)) throw error;
    return refuse(`optimizer.config.${error.message}`);
  }
}

function settingsOf(config: object, { required, optional }: Maker): Record<string, number> {
  const given = new Map<string, unknown>(Object.entries(config));
  for (const name of given.keys()) {
    if (!required.includes(name) && !optional.includes(name)) {
      refuse(`optimizer.config: ${quoted(name)} is not known here`);
    }
  }
  const settings: Record<string, number> = {};
  for (const name of [...required, ...optional]) {
    const value = given.get(name);
    if (value === undefined && optional.includes(name)) continue;
    if (typeof value !== 'number') refuse(`optimizer.config.${name}: expected a number, got ${show(value)}`);
    settings[name] = value;
  }
  return settings;
}
