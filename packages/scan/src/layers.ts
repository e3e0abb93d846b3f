export { gru, lstm, rnn, ScanGRU, ScanLSTM, ScanRNN, ScanSimpleRNN, simpleRNN } from './layers/dropIn.js';
export { scanModel } from './layers/model.js';
export {
  type RecurrentArgs,
  type RecurrentContext,
  RecurrentLayer,
  type RecurrentNet,
  recurrent,
} from './layers/recurrent.js';
export type { SequenceLayerArgs } from './layers/sequenceArgs.js';
export { type SequenceCall, SequenceLayer, type SequenceRun } from './layers/sequenceLayer.js';
export type { WeightArgs } from './layers/weights.js';
