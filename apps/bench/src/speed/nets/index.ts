import { LSTMBaseline, NTM } from '@tapehead/ntm';
import { lstm as scanLstm } from '@tapehead/scan/layers';
import { copy, type Task } from '@tapehead/tasks';
import { layers } from '@tensorflow/tfjs-layers';
import type { ControllerName } from '../../models.js';
import type { SpeedModel } from '../passes.js';
import { paper } from '../workload.js';
import { type ComposedNet, composed } from './composed.js';
import { buildDnc } from './dnc.js';
import { gru } from './gru.js';
import { layersModel, lstmSizes, noise, stepsOf } from './lstm.js';
import type { NetName } from './names.js';

/** A program in this process that runs a net. */
export interface Entrant {
  readonly model: SpeedModel;
  /** Whether one run takes up to seconds. */
  readonly isSlow?: boolean;
  /** Whether it runs in kernels of these packages, whose own time is of interest. */
  readonly hasKernels?: boolean;
}

/** One net of the comparison. */
export interface SpeedNet {
  readonly task: Task;
  /** Time steps of an episode of that length. */
  readonly steps: (length: number) => number;
  /** By name. The first is `scan`; the others are what it replaces. */
  readonly entrants: Readonly<Record<string, () => Entrant>>;
  /** Why a program is left out at a batch, if it is. */
  readonly leftOut?: (program: string, batch: number) => string | undefined;
  /** The net with fresh weights and a fresh step, where the step is not inside a layer. Default: the memory of the paper. */
  readonly compose?: (memorySize?: number) => ComposedNet;
}

const copyTask = copy({ width: 8 });
const { inputSize, outputSize } = copyTask;
const onCopy = { task: copyTask, steps: (length: number) => 2 * length + 1 };
const { memorySize, memoryDim, controllerSize } = paper;

export function speedNet(name: NetName, controller: ControllerName): SpeedNet {
  switch (name) {
    case 'ntm':
      return ntm(controller);
    case 'dnc':
      return dnc;
    case 'gru-ntm':
      return gruNtm;
    case 'lstm':
      return lstm;
  }
}

/** The paper's network: `scan(net, …)` beside the kernels that are written for it. */
function ntm(controller: ControllerName): SpeedNet {
  const options = { ...paper, inputSize, outputSize, controller };
  const compose = (N: number = memorySize) =>
    composed(NTM.build({ ...options, memorySize: N, outputActivation: 'linear' }));
  return {
    ...onCopy,
    compose,
    entrants: {
      scan: () => scanned(compose()),
      'hand-written kernels': () => handWritten(NTM.build({ ...options, engine: 'fused' })),
    },
  };
}

const composeDnc = (N: number = memorySize) =>
  composed(buildDnc({ inputSize, outputSize, memorySize: N, memoryDim, readHeads: 4, controllerSize }));

/** The guide's DNC in the size of its paper's copy experiments: one write head, four read heads. */
const dnc: SpeedNet = {
  ...onCopy,
  compose: composeDnc,
  entrants: { scan: () => scanned(composeDnc()), loop: () => looped(composeDnc()) },
  leftOut: (program, batch) =>
    program === 'loop' && batch > 32
      ? 'the tape of its links takes more memory than the wasm backend of tfjs has (docs/guides/dnc.md)'
      : undefined,
};

const composeGruNtm = (N: number = memorySize) =>
  composed(
    NTM.build({
      ...paper,
      memorySize: N,
      inputSize,
      outputSize,
      controller: gru(controllerSize),
      outputActivation: 'linear',
    }),
  );

/** A Neural Turing Machine with a controller of the user's own. */
const gruNtm: SpeedNet = {
  ...onCopy,
  compose: composeGruNtm,
  entrants: { scan: () => scanned(composeGruNtm()), loop: () => looped(composeGruNtm()) },
};

/** An LSTM as a layer of tfjs-layers. */
const lstm: SpeedNet = {
  task: noise(),
  steps: stepsOf,
  entrants: {
    scan: () => ({ model: layersModel(scanLstm), hasKernels: true }),
    'tf.layers.lstm': () => ({ model: layersModel(layers.lstm), isSlow: true }),
    'hand-written kernels': () => {
      const { units, ...ends } = lstmSizes;
      return handWritten(LSTMBaseline.build({ ...ends, layers: 1, size: units, seed: 1, engine: 'fused' }));
    },
  },
};

const handWritten = (model: SpeedModel): Entrant => ({ model, hasKernels: true });
const scanned = (net: ComposedNet): Entrant => ({ model: modelOf(net, 'fused'), hasKernels: true });
const looped = (net: ComposedNet): Entrant => ({ model: modelOf(net, 'reference'), isSlow: true });

function modelOf({ parameters, sequence, dispose }: ComposedNet, engine: 'fused' | 'reference'): SpeedModel {
  return { parameters, sequence: (input) => sequence(input, engine), dispose };
}
