import type { Optimizer } from '@tensorflow/tfjs-core';

/** tfjs's `{ name, tensor }`, a type that it uses and does not export. */
export type NamedTensor = Awaited<ReturnType<Optimizer['getWeights']>>[number];
