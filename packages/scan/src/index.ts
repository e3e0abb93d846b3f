export type { Engine, EngineOption, Floats } from '@tapehead/core';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export type { ScanOptions } from './options.js';
export { type ScanEngine, type Scanned, scan, scanEngine } from './scan.js';
export type {
  AnyRank,
  AtStep,
  OverTime,
  RankAtStep,
  RankOverTime,
  Step,
  Stepping,
  Tensors,
} from './types.js';
