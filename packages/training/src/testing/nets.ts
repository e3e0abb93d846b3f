import {
  type Controller,
  type ControllerContext,
  LSTMBaseline,
  type LstmBaselineConfig,
  NTM,
  type NtmConfig,
  TapeheadError,
} from '@tapehead/ntm';
import { add, matMul, type Rank, reshape, type Tensor2D, tanh, tidy, zeros } from '@tensorflow/tfjs-core';

/** A custom controller with two parameters: h = tanh(x·mix + shift), 4 wide. */
export function constantController({ inputSize, variable }: ControllerContext): Controller {
  const [mix, shift] = [variable('mix', zeros([inputSize, 4])), variable('shift', zeros([4]))];
  return {
    outputSize: 4,
    initialState: () => ({}),
    step: (x, state) => ({
      output: tidy(() => tanh(add<Tensor2D>(matMul(x, reshape<Rank.R2>(mix, [inputSize, 4])), shift))),
      state,
    }),
  };
}

/** The net that a checkpoint's settings describe, as programs that load one build it. */
export function netOf(config: object = {}): NTM | LSTMBaseline {
  if (isBaseline(config)) return LSTMBaseline.build(config);
  if (isOwn(config)) return NTM.build({ ...config, controller: constantController });
  if (isMachine(config)) return NTM.build(config);
  throw new TapeheadError('checkpoint', 'checkpoint: no net of these tests');
}

function isBaseline(config: object): config is LstmBaselineConfig {
  return 'model' in config && config.model === 'lstm';
}

function isOwn(config: object): config is NtmConfig {
  return 'controller' in config && config.controller === 'own';
}

function isMachine(config: object): config is NtmConfig & { readonly controller: 'lstm' | 'feedforward' } {
  return 'controller' in config && (config.controller === 'lstm' || config.controller === 'feedforward');
}
