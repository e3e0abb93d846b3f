export type { ScanOptions } from './options.js';
export { type ScanEngine, type Scanned, scan, scanEngine } from './scan.js';
export type { AnyRank, AtStep, OverTime, Step, Stepping, Tensors } from './types.js';
