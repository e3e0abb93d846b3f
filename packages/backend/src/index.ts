export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export type { BackendChoice, BackendName, BackendOptions, ChosenBackend } from './types.js';
export { useBackend } from './useBackend.js';
