export { contentAddressing, type HeadParameters } from '@tapehead/addressing';
export {
  buildController,
  type Controller,
  type ControllerContext,
  type ControllerFactory,
  type ControllerState,
  type LstmCell,
  type LstmState,
} from '@tapehead/controller';
export type { Engine, Floats } from '@tapehead/core';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export type { SequenceLayerArgs, WeightArgs } from '@tapehead/scan/sequence-layer';
export type { OutputActivation } from './activate.js';
export {
  LSTMBaseline,
  type LstmBaselineSequence,
  type LstmBaselineSequenceOptions,
} from './baseline/baseline.js';
export type { LstmBaselineConfig, LstmBaselineOptions } from './baseline/options.js';
export type { LstmStateLike, NtmStateLike } from './givenState.js';
export type { CostGradients, SequenceCost } from './gradients.js';
export {
  type HeadOptions,
  type ReadHeads,
  readHead,
  readHeadSize,
  type WriteHeads,
  type WriteParameters,
  writeHead,
  writeHeadSize,
} from './heads.js';
export type { Instead, Intervention } from './intervention.js';
export { NtmLayer, type NtmLayerArgs, ntmLayer } from './layer.js';
export type { LengthOptions } from './lengths.js';
export { withMemorySize } from './memorySize.js';
export { NTM, type NtmSequence, type SequenceOptions, type StartOptions } from './ntm.js';
export type {
  HeadInput,
  InitialMemory,
  InitialShift,
  InitialWeighting,
  NtmConfig,
  NtmOptions,
  StepOrder,
} from './options.js';
export type { NtmState } from './step.js';
export type { HeadTrace, NtmTrace } from './trace.js';
