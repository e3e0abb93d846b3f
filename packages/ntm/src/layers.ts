export type { KeyActivation } from '@tapehead/addressing';
export type { Engine, EngineOption, Floats, RankOf } from '@tapehead/core';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export type { OutputActivation } from './activate.js';
export { build } from './layers/build.js';
export { ContentAddressing, type ContentAddressingArgs, contentAddressing } from './layers/content.js';
export {
  buildController,
  type ControllerLayerOptions,
  type ControllerLayerWithState,
  type ControllerOutputs,
  LstmController,
  type LstmControllerArgs,
} from './layers/controller.js';
export { type FromNtmOptions, fromNtm } from './layers/fromNtm.js';
export type { Head, HeadArgs, HeadOutputs } from './layers/head.js';
export {
  type HeadLayerOptions,
  type HeadLayerWithWeights,
  ReadHead,
  readHead,
  WriteHead,
  writeHead,
} from './layers/heads.js';
export { InitialRead, type InitialReadArgs } from './layers/initialRead.js';
export { initialState } from './layers/initialState.js';
export type { BuildOptions, StepOutputs } from './layers/options.js';
export type { Part, PartArgs } from './layers/part.js';
