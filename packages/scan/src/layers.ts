export { gru, lstm, rnn, ScanGRU, ScanLSTM, ScanRNN, ScanSimpleRNN, simpleRNN } from './layers/dropIn.js';
