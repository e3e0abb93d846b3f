export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/check';
export type { BackendChoice, BackendName, BackendOptions, ChosenBackend } from './types.js';
export { useBackend } from './useBackend.js';
