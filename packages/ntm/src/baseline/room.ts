import { checkRoom } from '@tapehead/core';
import { sumOf } from '@tapehead/core/kernels';
import { stepsAtOnce } from '../chunks.js';
import { countOf } from '../fused/op.js';
import type { Work } from '../room.js';
import { parameterShapes, stateShapes } from './fused/op.js';
import type { LstmBaselineConfig } from './options.js';

// All counts are in floating point, where they cannot wrap.

/** Refuses a net whose variables the backend has no memory for. */
export function checkBaselineRoom(config: LstmBaselineConfig): void {
  const variables = variablesOf(config);
  checkRoom(
    () =>
      `LSTMBaseline.build (${namesOf(config)}, inputSize ${config.inputSize}, outputSize ${config.outputSize})`,
    4 * sumOf(variables),
    'choose smaller sizes',
    4 * Math.max(...variables),
  );
}

/** Refuses a state that the backend has no memory for. */
export function checkBaselineState(config: LstmBaselineConfig, batch: number): void {
  checkRoom(
    () => `initialState (batch ${batch}, ${namesOf(config)})`,
    4 * (batch * 2 * config.layers * config.size),
    'take a smaller batch',
    4 * (batch * config.size),
  );
}

/** Refuses work that the backend has no memory for. */
export function checkBaselineWork(where: string, config: LstmBaselineConfig, work: BaselineWork): void {
  const { batch, time } = work;
  checkRoom(
    () => `${where} (batch ${batch}, time ${time}, ${namesOf(config)})`,
    4 * baselineWorkFloats(config, work),
    'take a smaller batch or shorter sequences',
    4 * (batch * Math.max(4 * config.size, time * config.outputSize)),
  );
}

type BaselineWork = Work & { readonly by: 'kernel' | 'chunk' | 'tape' };

/** The floats that are made for it beside what the kernels of a sequence ask for themselves. */
export function baselineWorkFloats(config: LstmBaselineConfig, { batch, time, by }: BaselineWork): number {
  const outputs = 2 * batch * time * config.outputSize;
  switch (by) {
    case 'kernel':
      return outputs;
    case 'chunk': {
      const steps = Math.min(time, baselineStepsAtOnce(config, batch, 'reference'));
      return outputs + batch * steps * stepFloats(config);
    }
    case 'tape':
      return outputs + time * (batch * tapeFloats(config) + 2 * sumOf(variablesOf(config)));
  }
}

/** The steps that a forward pass without gradients takes at once. */
export function baselineStepsAtOnce(
  config: LstmBaselineConfig,
  batch: number,
  engine: 'fused' | 'reference',
): number {
  const fused = 16 * config.size * config.layers;
  return stepsAtOnce(batch * (engine === 'fused' ? fused : stepFloats(config)), engine);
}

// The reference's tensors of one step of one sequence. The factors are measured: room.test.ts compares them with what
// tfjs counts.

/** Held until the end of a forward pass. */
const stepFloats = ({ size, layers }: LstmBaselineConfig): number => 5 * size * layers;

/** Held by a tape, and made on the way back. */
const tapeFloats = ({ size, layers }: LstmBaselineConfig): number => 65 * size * layers;

/** Floats of each variable. */
function variablesOf(config: LstmBaselineConfig): number[] {
  return [...parameterShapes(config), ...stateShapes(config, [])].map(countOf);
}

const namesOf = ({ layers, size }: LstmBaselineConfig): string => `layers ${layers}, size ${size}`;
