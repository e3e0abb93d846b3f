export type { Engine, EngineOption, Floats, RankOf } from '@tapehead/core';
export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export { constantMemory, type MemorySize, randomMemory, repeatMemory } from './initial.js';
export { read } from './read.js';
export { write } from './write.js';
