import type { LstmCell } from '@tapehead/controller';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NtmConfig } from '../options.js';
import type { Parts } from '../parameters.js';
import type { NtmState } from '../step.js';

/** headKernel, headBias, outputKernel, outputBias, then for each layer kernel, recurrentKernel (LSTM) and bias. */
export function parameterList({ own, all }: Parts, config: NtmConfig): Tensor[] {
  const ofLayer = config.controller === 'lstm' ? ['kernel', 'recurrentKernel', 'bias'] : ['kernel', 'bias'];
  return [
    own.headKernel,
    own.headBias,
    own.outputKernel,
    own.outputBias,
    ...eachLayer(config).flatMap((l) => ofLayer.map((name) => named(all, `controller.${l}.${name}`))),
  ];
}

/** The learned start: memory, weight logits, reads, then for each layer of an LSTM h and c; without a batch. */
export function learnedStart({ own, all }: Parts, config: NtmConfig): Tensor[] {
  const cells = config.controller === 'lstm' ? eachLayer(config) : [];
  return [
    own.memory,
    own.readWeightLogits,
    own.writeWeightLogits,
    own.reads,
    ...cells.flatMap((l) => ['h', 'c'].map((name) => named(all, `controller.${l}.${name}`))),
  ];
}

/** The same of a state: memory, weights, reads, then for each layer of an LSTM h and c; with a batch. */
export function givenStart(state: NtmState): Tensor[] {
  const cells = isLstmState(state.controller) ? state.controller.cells : [];
  return [
    state.memory,
    state.readWeights,
    state.writeWeights,
    state.reads,
    ...cells.flatMap(({ h, c }) => [h, c]),
  ];
}

function eachLayer({ layers }: NtmConfig): number[] {
  return Array.from({ length: layers }, (_, l) => l);
}

function named(all: Parts['all'], name: string): Tensor {
  const found = all[name];
  if (found === undefined) throw new Error(`a controller of the paper has a ${name}`);
  return found;
}

export function isLstmState(state: NtmState['controller']): state is { cells: LstmCell[] } {
  return typeof state === 'object' && state !== null && 'cells' in state && Array.isArray(state.cells);
}
