import type { LstmCell } from '@tapehead/controller';
import { needed } from '@tapehead/core/kernels';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NtmConfig } from '../options.js';
import type { Parts } from '../parameters.js';
import type { NtmState } from '../step.js';

/** headKernel, headBias, outputKernel, outputBias, then for each layer kernel, recurrentKernel (LSTM) and bias. */
export function parameterList({ own, all }: Parts, config: NtmConfig): Tensor[] {
  const ofLayer = config.controller === 'lstm' ? ['kernel', 'recurrentKernel', 'bias'] : ['kernel', 'bias'];
  return [own.headKernel, own.headBias, own.outputKernel, own.outputBias, ...ofLayers(all, config, ofLayer)];
}

/** The learned start: memory, weight logits, reads, then for each layer of an LSTM h and c; without a batch. */
export function learnedStart({ own, all }: Parts, config: NtmConfig): Tensor[] {
  const cells = config.controller === 'lstm' ? ofLayers(all, config, ['h', 'c']) : [];
  const { read, write } = needed(own.startLogits);
  return [own.memory, read, write, own.reads, ...cells];
}

/** The same of a state: memory, weights, reads, then for each layer of an LSTM h and c; with a batch. */
export function givenStart({ controller, memory, readWeights, writeWeights, reads }: NtmState): Tensor[] {
  const cells = isLstmState(controller) ? controller.cells : [];
  return [memory, readWeights, writeWeights, reads, ...cells.flatMap(({ h, c }) => [h, c])];
}

/** The variables of these names of each layer of the controller. */
function ofLayers(all: Parts['all'], { layers }: NtmConfig, names: readonly string[]): Tensor[] {
  return Array.from({ length: layers }, (_, l) =>
    names.map((name) => needed(all[`controller.${l}.${name}`])),
  ).flat();
}

export function isLstmState(state: NtmState['controller']): state is { cells: LstmCell[] } {
  return typeof state === 'object' && state !== null && 'cells' in state && Array.isArray(state.cells);
}
