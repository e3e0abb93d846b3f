import { checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isRecord } from '../given.js';
import { readHeadSize } from '../heads.js';
import type { NTM } from '../ntm.js';
import { configOf, type NtmConfig } from '../options.js';
import { checkInUse } from '../variables.js';
import { build } from './build.js';
import { type BuildOptions, netOptionsOf } from './options.js';
import { names } from './step.js';

/** Options of {@link fromNtm}. */
export type FromNtmOptions = Pick<BuildOptions, 'outputs' | 'name' | 'engine'>;

/**
 * The model of a net: that of {@link build} with the sizes, the activations and the weights of `ntm`. Its output is that of
 * `ntm.step` from the same state. What the net has learned as its start is not part of a model of one step: pass
 * `ntm.initialState(batch)` to the inputs of a model with `outputs: 'output-and-state'`.
 *
 * @param ntm a net with an LSTM controller; the weights are copied
 * @param options `outputs`, `name` and `engine` as in `build`
 * @throws TapeheadError `argument` for what is no net, and for a net with an option that `build` does not have
 *
 * @example
 * const model = fromNtm(ntm, { outputs: 'output-and-state' });
 * const { memory, reads, readWeights, writeWeights, controller } = ntm.initialState(1);
 * const [cell] = controller.cells;
 * const [output] = model.predict([x, memory, reads, readWeights, writeWeights, cell.h, cell.c]);
 */
export function fromNtm(ntm: Pick<NTM, 'config' | 'parameters'>, options: FromNtmOptions = {}): LayersModel {
  if (!isNet(ntm))
    throw new TapeheadError('argument', `ntm: expected a net of NTM.build, got ${textOf(ntm)}`);
  checkInUse(ntm.parameters);
  checkOptions('fromNtm', options, ['outputs', 'name', 'engine']);
  checkExpressible(ntm.config);
  const model = build({ ...netOptionsOf(ntm.config), ...options });
  tidy(() => {
    for (const [layer, weights] of weightsOf(ntm)) model.getLayer(layer).setWeights(weights);
  });
  return model;
}

function isNet(given: unknown): given is Pick<NTM, 'config' | 'parameters'> {
  return isRecord(given) && isRecord(given.config) && isRecord(given.parameters);
}

/** What a net starts from, which is no part of a step. */
const ofStart: readonly string[] = ['seed', 'initialMemory', 'initialShift', 'initialWeighting'];

/** Throws where a net has an option that `build` does not have. */
function checkExpressible(config: NtmConfig): void {
  const made: Readonly<Record<string, unknown>> = { ...configOf(netOptionsOf(config)) };
  const other = Object.entries(config).find(
    ([name, value]) => !ofStart.includes(name) && made[name] !== value,
  );
  if (other === undefined) return;
  const [name, value] = other;
  throw new TapeheadError(
    'argument',
    `ntm: expected a net that build of @tapehead/ntm/layers can make, got one with ${name} ${textOf(value)}`,
  );
}

/** The weights of the layers of a model by the names of the layers. Call it in a tidy. */
function weightsOf({ config, parameters }: Pick<NTM, 'config' | 'parameters'>): [string, Tensor[]][] {
  const { memoryDim, shifts, readHeads, layers } = config;
  const parameter = (name: string): Tensor => {
    const found = parameters[name];
    if (found) return found;
    throw new TapeheadError('argument', `ntm: expected the parameter ${name}, got none`);
  };
  const [kernel, bias] = [parameter('headKernel'), parameter('headBias')];
  const [rows = 0, columns = 0] = kernel.shape;
  const forReads = readHeads * readHeadSize(memoryDim, shifts);
  const ofHead = (from: number, to: number) => [
    slice(kernel, [0, from], [rows, to - from]),
    slice(bias, [from], [to - from]),
  ];
  const ofController = (l: number) =>
    ['kernel', 'recurrentKernel', 'bias'].map((name) => parameter(`controller.${l}.${name}`));
  return [
    ...Array.from({ length: layers }, (_, l): [string, Tensor[]] => [names.controller(l), ofController(l)]),
    [names.readHead, ofHead(0, forReads)],
    [names.writeHead, ofHead(forReads, columns)],
    [names.output, [parameter('outputKernel'), parameter('outputBias')]],
  ];
}
