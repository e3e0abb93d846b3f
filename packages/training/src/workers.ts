export { isTapeheadError, TapeheadError, type TapeheadErrorCode } from '@tapehead/core';
export type { Pool } from './pool.js';
export type { NodeWorker, PageWorker } from './workers/channel.js';
export { createPool, type PoolOptions } from './workers/createPool.js';
export { type ServeOptions, serve } from './workers/serve.js';
