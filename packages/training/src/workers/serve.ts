import { checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { batchOf } from '@tapehead/tasks';
import { dispose } from '@tensorflow/tfjs-core';
import { createBirpc } from 'birpc';
import { differentiate } from '../gradients.js';
import { checkModel, freezeAllBut, type SequenceModel, trainedOf } from '../model.js';
import { channelToParent } from './channel.js';
import { assign, flatten } from './flat.js';
import { layoutOf, type Replica, type Share, type ShareGradients } from './protocol.js';

/** How a worker makes its net. */
export interface ServeOptions<Config> {
  /** Makes the tfjs backend ready and builds the net; `config` is that of `createPool`. */
  build(config: Config): SequenceModel | Promise<SequenceModel>;
}

/**
 * Makes this worker one of a pool: it builds a net of the same shapes as the one that is trained, and computes a share
 * of each batch. Call it at the top of the worker's script, before anything is awaited.
 * @throws TapeheadError `argument` outside of workers, without a function `build`, and for an unknown option
 */
export function serve<Config = unknown>(options: ServeOptions<Config>): void {
  checkOptions('serve', options, ['build']);
  const { build } = options;
  if (typeof build !== 'function') {
    throw new TapeheadError('argument', `build: expected a function, got ${textOf(build)}`);
  }
  let model: SequenceModel | undefined;
  const replica: Replica<Config> = {
    async build(config) {
      model = await build(config);
      checkModel(model);
      return layoutOf(model);
    },
    async differentiate(share) {
      if (model === undefined)
        throw new TapeheadError('worker', 'it was asked for gradients before a net was built');
      return gradientsOfShare(model, share);
    },
  };
  createBirpc<Record<string, never>, Replica<Config>>(replica, { ...channelToParent(), timeout: -1 });
}

async function gradientsOfShare(
  model: SequenceModel,
  { parameters, episodes, perBit, trained }: Share,
): Promise<ShareGradients> {
  freezeAllBut(model, trained);
  assign(Object.values(model.parameters), parameters);
  const batch = batchOf(episodes);
  const { value, gradients } = differentiate(model, batch, perBit);
  try {
    const inOrder = Object.values(trainedOf(model)).flatMap(({ name }) => gradients[name] ?? []);
    const [objective = Number.NaN] = await value.data<'float32'>();
    return { value: objective, gradients: await flatten(inOrder) };
  } finally {
    dispose([batch.input, batch.target, batch.mask, value, gradients]);
  }
}
