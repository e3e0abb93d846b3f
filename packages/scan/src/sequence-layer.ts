export type { SequenceLayerArgs } from './layers/sequenceArgs.js';
export { type SequenceCall, SequenceLayer, type SequenceRun } from './layers/sequenceLayer.js';
export { setUnsavable } from './layers/unsavable.js';
export type { WeightArgs } from './layers/weights.js';
