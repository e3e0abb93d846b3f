import { checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { batchOf } from '@tapehead/tasks';
import { dispose } from '@tensorflow/tfjs-core';
import { createBirpc } from 'birpc';
import { costNamed } from '../costs/builtIn.js';
import { checkCost } from '../costs/checkCost.js';
import type { Cost } from '../costs/cost.js';
import { differentiate } from '../gradients.js';
import { checkModel, freezeAllBut, type SequenceModel, trainedOf } from '../model.js';
import { disposeState, storedState } from '../stateTree.js';
import { channelToParent } from './channel.js';
import { assign, flatten } from './flat.js';
import { layoutOf, type Replica, type Share, type ShareGradients } from './protocol.js';

/** How a worker makes its net. */
export interface ServeOptions<Config> {
  /** Makes the tfjs backend ready and builds the net; `config` is that of `createPool`. */
  build(config: Config): SequenceModel | Promise<SequenceModel>;
  /** The cost of the run, where it is none of the built-in ones: a function cannot be sent to a worker. */
  cost?: Cost;
}

/**
 * Makes this worker one of a pool: it builds a net of the same shapes as the one that is trained, and computes a share
 * of each batch. Call it at the top of the worker's script, before anything is awaited.
 * @throws TapeheadError `argument` outside of workers, without a function `build`, for a cost that is
 * none, and for an unknown option
 */
export function serve<Config = unknown>(options: ServeOptions<Config>): void {
  checkOptions('serve', options, ['build', 'cost']);
  const { build, cost } = options;
  if (typeof build !== 'function') {
    throw new TapeheadError('argument', `build: expected a function, got ${textOf(build)}`);
  }
  if (cost !== undefined) checkCost(cost);
  let model: SequenceModel | undefined;
  const replica: Replica<Config> = {
    async build(config) {
      model = await build(config);
      checkModel(model);
      return { layout: layoutOf(model), cost: cost?.name };
    },
    async differentiate(share) {
      if (model === undefined)
        throw new TapeheadError('worker', 'it was asked for gradients before a net was built');
      return gradientsOfShare(model, costOf(share, cost), share);
    },
  };
  createBirpc<Record<string, never>, Replica<Config>>(replica, { ...channelToParent(), timeout: -1 });
}

function costOf({ cost: name }: Share, own: Cost | undefined): Cost {
  return own?.name === name ? own : costNamed(name);
}

async function gradientsOfShare(
  model: SequenceModel,
  cost: Cost,
  { parameters, episodes, scale, start, trained }: Share,
): Promise<ShareGradients> {
  freezeAllBut(model, trained);
  assign(Object.values(model.parameters), parameters);
  const batch = batchOf(episodes, cost.targets);
  const { value, gradients, state } = differentiate(model, batch, { cost, scale }, start);
  try {
    const inOrder = Object.values(trainedOf(model)).flatMap(({ name }) => gradients[name] ?? []);
    const [objective = Number.NaN] = await value.data<'float32'>();
    const last = state === undefined ? undefined : await storedState(state);
    return { value: objective, gradients: await flatten(inOrder), state: last };
  } finally {
    dispose([batch.input, batch.target, batch.mask, value, gradients]);
    if (state !== undefined) disposeState(state);
  }
}
