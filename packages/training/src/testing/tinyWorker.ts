import '@tensorflow/tfjs-layers';
import { env, setBackend, type Tensor3D } from '@tensorflow/tfjs-core';
import { serve } from '../workers.js';
import { meanAbsoluteError } from './meanAbsoluteError.js';
import { statefulModel } from './statefulModel.js';
import { tinyModel } from './tinyModel.js';

/** What a tiny worker is made from, and how it fares. */
export interface TinyConfig {
  backend: string;
  inputSize: number;
  outputSize: number;
  kind?: 'tiny' | 'stateful';
  fate?: 'cannot build' | 'throws' | 'ends' | 'hangs';
}

serve<TinyConfig>({
  cost: meanAbsoluteError,
  async build({ backend, kind, fate, ...sizes }) {
    if (fate === 'cannot build') throw new Error('no net today');
    await (backend === 'wasm'
      ? import('@tensorflow/tfjs-backend-wasm')
      : import('@tensorflow/tfjs-backend-cpu'));
    env().set('PROD', true);
    await setBackend(backend);
    // Another seed: the parameters are to come with each share.
    const model = kind === 'stateful' ? statefulModel(sizes, 2) : tinyModel(sizes, 2);
    return fate === undefined
      ? model
      : { ...model, sequence: (input) => suffer(fate, model.sequence(input)) };
  },
});

function suffer(fate: NonNullable<TinyConfig['fate']>, answer: { logits: Tensor3D }): { logits: Tensor3D } {
  if (fate === 'throws') throw new Error('no gradients today');
  if (fate === 'ends') process.exit(3);
  while (fate === 'hangs');
  return answer;
}
