import {
  dispose,
  fill,
  io,
  setBackend,
  tensor2d,
  tidy,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, test } from 'vitest';
import { adam, ExactAdam } from './adam.js';
import { GravesRMSProp, gravesRmsProp } from './gravesRmsProp.js';

const makers = {
  gravesRmsProp: () => gravesRmsProp({ learningRate: 0.01 }),
  adam: () => adam({ learningRate: 0.01 }),
};

// tfjs's own leak check refuses its fused matMul on wasm, with any optimizer.
beforeAll(() => setBackend('cpu'));

test.each(Object.entries(makers))(
  'a tf.layers model with %s, saved with its optimizer and loaded, trains on bit for bit',
  async (_, make) => {
    const inputs = tensor2d([
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const wanted = tensor2d([[1], [0], [1]]);
    const compiled = { loss: 'meanSquaredError' } as const;
    const model = sequential({
      layers: [layers.dense({ units: 3, inputShape: [2] }), layers.dense({ units: 1 })],
    });
    model.compile({ ...compiled, optimizer: make() });
    const fit = (one: Pick<Sequential, 'fit'>) =>
      one.fit(inputs, wanted, { epochs: 5, shuffle: false, verbose: 0 });
    const before = (await fit(model)).history.loss ?? [];
    const saved: io.ModelArtifacts[] = [];
    const keep = io.withSaveHandler(async (artifacts) => {
      saved.push(artifacts);
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await model.save(keep, { includeOptimizer: true });
    const [artifacts] = saved;
    if (artifacts === undefined) throw new Error('nothing was saved');
    const again = await loadLayersModel(io.fromMemory(artifacts));
    const [after, loaded] = [(await fit(model)).history.loss ?? [], (await fit(again)).history.loss ?? []];
    expect(again.optimizer.getConfig()).toEqual(model.optimizer.getConfig());
    expect(loaded).toEqual(after);
    expect(Number(after.at(-1))).toBeLessThan(Number(before[0]));
    dispose([inputs, wanted]);
  },
);

const named = (size: number) => tidy(() => variable(fill([size], 0)));

test.each([
  ['GravesRMSProp', gravesRmsProp, GravesRMSProp],
  ['ExactAdam', adam, ExactAdam],
] as const)(
  'the state that %s was loaded with goes to other names in order, if it fits',
  async (_, make, kind) => {
    const optimizer = make({ learningRate: 0.1 });
    const own = [named(2), named(3)];
    const step = (one: typeof optimizer, variables: readonly Variable[]) =>
      tidy(() =>
        one.applyGradients(Object.fromEntries(variables.map((each) => [each.name, fill(each.shape, 2)]))),
      );
    step(optimizer, own);
    const weights = await optimizer.getWeights();
    const loaded = async () => {
      const made =
        kind === ExactAdam
          ? ExactAdam.fromConfig<ExactAdam>(ExactAdam, optimizer.getConfig())
          : GravesRMSProp.fromConfig<GravesRMSProp>(GravesRMSProp, optimizer.getConfig());
      await made.setWeights(
        weights.map(({ name, tensor }) => ({ name: name.replace('/', ' of another time/'), tensor })),
      );
      return made;
    };
    const others = own.map(({ size }) => named(size));
    for (const [i, each] of others.entries()) each.assign(own[i] ?? each);
    step(await loaded(), others);
    step(optimizer, own);
    for (const [i, each] of others.entries()) expect(each.dataSync()).toEqual(own[i]?.dataSync());
    const refused = async (variables: readonly Variable[]) => {
      const one = await loaded();
      return () => step(one, variables);
    };
    expect(await refused(others.slice(1))).toThrow(
      'gradients: expected those of the 2 variables whose state',
    );
    expect(await refused([...others].reverse().concat(named(1)))).toThrow('got 3');
    expect(await refused([named(4), named(3)])).toThrow('expected shape [4] (that of the variable), got [2]');
    dispose([own, others]);
  },
);
