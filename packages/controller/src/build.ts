import {
  checkInteger,
  checkOneOf,
  checkOptions,
  type EngineOption,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import { type FeedforwardActivation, type FeedforwardSize, feedforward } from './feedforward.js';
import { lstm } from './lstm.js';
import type { BuiltController, ControllerContext, MakeVariable } from './types.js';
import { plainVariable, seedStream } from './variables.js';

/** The controllers of the paper. */
export type ControllerKind = 'lstm' | 'feedforward';

/** How {@link buildController} builds. */
export interface BuildControllerOptions extends EngineOption {
  /** Default `lstm`. */
  readonly kind?: ControllerKind;
  /** Number of layers. Default 1. */
  readonly layers?: number;
  /** What the layers of a feed-forward controller do with `x·kernel + bias`. Default `tanh`; an LSTM takes none. */
  readonly activation?: FeedforwardActivation;
  /** The same seed gives the same initial weights. */
  readonly seed?: number;
  /** Makes the variables; a plain tfjs variable by default. */
  readonly variable?: MakeVariable;
}

/**
 * Builds a controller of the paper (Graves et al. 2014, section 3).
 *
 * @param inputSize width of the combined input: external input and previous reads
 * @param controllerSize width of each layer, and of the output. Default 256
 * @throws TapeheadError `range` for bad sizes and for sizes that no memory holds, `argument` for an unknown kind, engine or
 * option
 */
export function buildController(
  inputSize: number,
  controllerSize = 256,
  options: BuildControllerOptions = {},
): BuiltController {
  checkOptions('buildController', options, ['kind', 'layers', 'activation', 'seed', 'variable', 'engine']);
  const { kind = 'lstm', layers = 1, activation, seed, variable = plainVariable, engine = 'auto' } = options;
  checkNoInput(inputSize);
  checkInteger('inputSize', inputSize);
  return controllerOfKind(
    kind,
    { inputSize, variable, nextSeed: seedStream(seed), engine },
    { controllerSize, layers, ...(activation === undefined ? {} : { activation }) },
  );
}

/** Refuses the input itself, which the original takes. */
function checkNoInput(inputSize: unknown): void {
  if (typeof inputSize !== 'object' || inputSize === null) return;
  throw new TapeheadError(
    'argument',
    `inputSize: expected the width of the input, got ${textOf(inputSize)}; pass the input to step(x, state) of the ` +
      'controller, and a symbolic tensor to buildController of @tapehead/ntm/layers',
  );
}

/** The same from a context, which a net that keeps its variables elsewhere has. */
export function controllerOfKind(
  kind: ControllerKind,
  context: ControllerContext,
  size: FeedforwardSize,
): BuiltController {
  checkOneOf('controller', kind, ['lstm', 'feedforward']);
  return kind === 'lstm' ? lstm(context, size) : feedforward(context, size);
}
