import {
  glorotUniform,
  type LstmLayer,
  lstmLayer,
  type MakeVariable,
  seedStream,
} from '@tapehead/controller';
import { checkFunction, type Engine } from '@tapehead/core';
import { type Variable, zeros } from '@tensorflow/tfjs-core';
import { type Variables, withVariables } from '../variables.js';
import type { LstmBaselineConfig } from './options.js';
import { checkBaselineRoom } from './room.js';

/** The variables of an LSTM without a memory. */
export interface BaselineParts {
  /** From the bottom up. */
  readonly layers: readonly LstmLayer[];
  /** `[layers · size, outputSize]`, the bottom layer's rows first. */
  readonly outputKernel: Variable;
  readonly outputBias: Variable;
  /** What the layers of a step run on. */
  readonly engine: Engine;
  /** All by name, in a fixed order; those of a layer as `layers.0.…`. */
  readonly all: Variables;
}

/** Makes the variables of a net. The same seed gives the same values on every backend. */
export function makeBaselineParts(
  config: LstmBaselineConfig,
  variable: MakeVariable,
  engine: Engine,
): BaselineParts {
  checkFunction('variable', variable);
  checkBaselineRoom(config);
  const { inputSize, outputSize, layers, size, seed } = config;
  const nextSeed = seedStream(seed);
  return withVariables(variable, (named, all) => {
    const layer = (l: number): LstmLayer =>
      lstmLayer(
        {
          inputSize: l === 0 ? inputSize : inputSize + size,
          variable: (name, initial) => named(`layers.${l}.${name}`, initial),
          nextSeed,
        },
        size,
      );
    return {
      layers: Array.from({ length: layers }, (_, l) => layer(l)),
      outputKernel: named('outputKernel', glorotUniform(layers * size, outputSize, nextSeed())),
      outputBias: named('outputBias', zeros([outputSize])),
      engine,
      all,
    };
  });
}
