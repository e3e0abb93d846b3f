export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export { type AdamSettings, adam, ExactAdam } from './adam.js';
export { type AverageSettings, WeightAverage, weightAverage } from './average.js';
export { captureState } from './capture.js';
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
export { type Clip, clipByGlobalNorm, clipByValue, type GivenGradients, globalNorm } from './clip.js';
export type { ActivationName } from './costs/activations.js';
export { costNamed, costNames } from './costs/builtIn.js';
export type { Cost, CostFunction, MeanOver, ScaledCost } from './costs/cost.js';
export { type CostOptions, customCost } from './costs/customCost.js';
export { meanSquaredError } from './costs/meanSquaredError.js';
export { SOLVED_BITS, sigmoidCrossEntropy } from './costs/sigmoidCrossEntropy.js';
export { softmaxCrossEntropy } from './costs/softmaxCrossEntropy.js';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.js';
export type { Gradients, Objective } from './gradients.js';
export { GravesRMSProp, gravesRmsProp } from './gravesRmsProp.js';
export { type GravesMoments, type GravesSettings, gravesStep } from './gravesStep.js';
export type { Limit } from './limit.js';
export type { Answer, SequenceModel, SequenceStart } from './model.js';
export type { Measures } from './nonFinite.js';
export type { Pool, Start } from './pool.js';
export { type ResumeOptions, restoreParameters, restoreState, resumeRun } from './restore.js';
export {
  type Carry,
  createRun,
  isSolved,
  meanCost,
  type Run,
  type RunOptions,
  SOLVED_WINDOW,
} from './run.js';
export { decodeSafetensors, encodeSafetensors, type Safetensors, type StoredTensor } from './safetensors.js';
export { type PlainSchedule, rateFactor, type Schedule } from './schedule.js';
export type { OptimizerWeight, StoredAverage, TrainingState } from './state.js';
export type { StateTree, StoredState } from './stateTree.js';
export { type StepOptions, trainStep } from './step.js';
export { type Progress, type Stop, type TrainOptions, train } from './train.js';
export type { Until } from './until.js';
export { averagedParameters, withAverage } from './withAverage.js';
