export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export { type AdamSettings, adam, ExactAdam } from './adam.js';
export { captureState } from './capture.js';
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
export { type Clip, clipByGlobalNorm, clipByValue, type GivenGradients, globalNorm } from './clip.js';
export type { Gradients, Objective } from './gradients.js';
export { GravesRMSProp, gravesRmsProp } from './gravesRmsProp.js';
export { type GravesMoments, type GravesSettings, gravesStep } from './gravesStep.js';
export type { Limit } from './limit.js';
export type { SequenceModel } from './model.js';
export type { Measures } from './nonFinite.js';
export type { Pool } from './pool.js';
export { type ResumeOptions, restoreParameters, restoreState, resumeRun } from './restore.js';
export {
  createRun,
  isSolved,
  meanBits,
  type Run,
  type RunOptions,
  SOLVED_BITS,
  SOLVED_WINDOW,
} from './run.js';
export { decodeSafetensors, encodeSafetensors, type Safetensors, type StoredTensor } from './safetensors.js';
export type { OptimizerWeight, TrainingState } from './state.js';
export { type StepOptions, trainStep } from './step.js';
export { type Progress, type Stop, type TrainOptions, train } from './train.js';
