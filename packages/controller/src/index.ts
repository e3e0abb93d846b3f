export type { Engine, EngineOption, Floats } from '@tapehead/core';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export {
  type BuildControllerOptions,
  buildController,
  type ControllerKind,
  controllerOfKind,
} from './build.js';
export {
  type FeedforwardActivation,
  type FeedforwardSize,
  type FeedforwardState,
  feedforward,
} from './feedforward.js';
export {
  initialCell,
  type LstmCell,
  type LstmLayer,
  type LstmState,
  type LstmWeights,
  lstm,
  lstmLayer,
  lstmStep,
} from './lstm.js';
export type {
  BuiltController,
  Controller,
  ControllerContext,
  ControllerFactory,
  ControllerSize,
  ControllerState,
  MakeVariable,
} from './types.js';
export { glorotUniform, plainVariable, seedStream } from './variables.js';
