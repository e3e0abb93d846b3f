export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/check';
export type { Engine, EngineOption } from '@tapehead/kernels';
export { constantMemory, type MemorySize, randomMemory, repeatMemory } from './initial.js';
export { read } from './read.js';
export { write } from './write.js';
