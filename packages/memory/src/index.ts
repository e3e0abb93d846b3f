export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/check';
export { constantMemory, type MemorySize, randomMemory, repeatMemory } from './initial.js';
export { read } from './read.js';
export { write } from './write.js';
