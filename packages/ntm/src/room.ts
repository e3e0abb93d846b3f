import { checkRoom } from '@tapehead/core';
import { sumOf } from '@tapehead/core/kernels';
import { tensor_util, tidy } from '@tensorflow/tfjs-core';
import { stepsAtOnce as chunkOf } from './chunks.js';
import { countOf } from './fused/op.js';
import { parameterShapes, type Sizes, sizesOf, stateShapes, traceShapes } from './fused/sizes.js';
import type { NtmConfig } from './options.js';
import type { Parts } from './parameters.js';

// All counts are in floating point, where they cannot wrap.

/**
 * Refuses a net whose variables the backend has no memory for.
 * @param controllerSize width of the controller's output
 */
export function checkNetRoom(config: NtmConfig, controllerSize: number, where = 'NTM.build'): void {
  const variables = variablesOf({ ...config, controllerSize });
  const { layers, inputSize, outputSize } = config;
  checkRoom(
    () =>
      `${where} (${namesOf(config)}, controllerSize ${controllerSize}, layers ${layers}, ` +
      `inputSize ${inputSize}, outputSize ${outputSize})`,
    4 * sumOf(variables),
    'choose smaller sizes',
    4 * Math.max(...variables),
  );
}

/** Refuses a state that the backend has no memory for. */
export function checkStateRoom(config: NtmConfig, { controller }: Parts, batch: number): void {
  const ofOwn = () => tensor_util.getTensorsInContainer(controller.initialState(1)).map(({ size }) => size);
  const own = config.controller === 'own' ? tidy(() => sumOf(ofOwn())) : 0;
  const parts = stateShapes(sizesBut(config), []).map(countOf);
  checkRoom(
    () => `initialState (batch ${batch}, ${namesOf(config)})`,
    4 * (batch * (sumOf(parts) + own)),
    'take a smaller batch',
    4 * (batch * Math.max(...parts, own)),
  );
}

/** A sequence, or a step. */
export interface Work {
  readonly batch: number;
  readonly time: number;
  /** What holds the tensors of steps: a kernel holds none of the reference's, a tape or a trace holds those of all steps. */
  readonly by: 'kernel' | 'chunk' | 'trace' | 'tape';
}

/** Refuses work that the backend has no memory for. */
export function checkWorkRoom(where: string, config: NtmConfig, work: Work): void {
  const { batch, time } = work;
  const { memorySize, memoryDim, outputSize } = config;
  const traced = work.by === 'trace' ? time : 1;
  checkRoom(
    () => `${where} (batch ${batch}, time ${time}, ${namesOf(config)})`,
    4 * workFloats(config, work),
    'take a smaller batch or shorter sequences',
    4 * (batch * Math.max(traced * memorySize * memoryDim, time * outputSize)),
  );
}

/** The floats that are made for it beside what the kernels of a sequence ask for themselves. */
export function workFloats(config: NtmConfig, { batch, time, by }: Work): number {
  const outputs = 2 * batch * time * config.outputSize;
  const trace = () => sumOf(traceShapes(sizesOf(config, batch, time, 'given')).map(countOf));
  switch (by) {
    case 'kernel':
      return outputs;
    case 'chunk': {
      const steps = Math.min(time, stepsAtOnce(config, batch, 'reference'));
      return outputs + batch * (passingFloats(config) + steps * stepFloats(config));
    }
    case 'trace':
      return outputs + trace() + batch * (passingFloats(config) + time * stepFloats(config));
    case 'tape':
      return outputs + time * (batch * tapeFloats(config) + 2 * sumOf(variablesOf(config)));
  }
}

/** The steps that a forward pass without gradients takes at once. */
export function stepsAtOnce(config: NtmConfig, batch: number, engine: 'fused' | 'reference'): number {
  const { memorySize, memoryDim, readHeads, writeHeads, controllerSize, layers } = config;
  const rows = memoryDim + 8 * (readHeads + writeHeads);
  const fused = memorySize * rows + 16 * controllerSize * layers;
  return chunkOf(batch * (engine === 'fused' ? fused : stepFloats(config)), engine);
}

// The reference's tensors of one step of one sequence. The factors are measured: room.test.ts compares them with what
// tfjs counts.

/** Held until the end of a forward pass. */
function stepFloats({ memorySize: N, memoryDim: M, readHeads, writeHeads }: NtmConfig): number {
  const heads = readHeads + writeHeads;
  return N * M + 4 * heads * (N + 5 * M);
}

/** Held while the step runs. */
function passingFloats({ memorySize: N, memoryDim: M, writeHeads }: NtmConfig): number {
  return N * M * (4 + 2 * writeHeads);
}

/** Held by a tape, and made on the way back. */
function tapeFloats(config: NtmConfig): number {
  const { memorySize: N, memoryDim: M, readHeads, writeHeads, controllerSize, layers } = config;
  const heads = readHeads + writeHeads;
  const cells = layers * controllerSize * (config.controller === 'feedforward' ? 15 : 65);
  return N * M * (9 + 6.5 * writeHeads) + heads * (51 * N + 26 * M) + cells;
}

/** Floats of each variable of a net, but for those of a custom controller. */
function variablesOf(config: NtmConfig): number[] {
  const sizes = sizesBut(config);
  return [...parameterShapes(sizes), ...stateShapes(sizes, [])].map(countOf);
}

/** A custom controller has no layers that anybody knows. */
function sizesBut(config: NtmConfig): Sizes {
  const sizes = sizesOf(config, 1, 1, 'learned');
  return config.controller === 'own' ? { ...sizes, layers: 0 } : sizes;
}

const namesOf = ({ memorySize, memoryDim, readHeads, writeHeads }: NtmConfig): string =>
  `memorySize ${memorySize}, memoryDim ${memoryDim}, readHeads ${readHeads}, writeHeads ${writeHeads}`;
