import { seedStream } from '@tapehead/controller';
import type { Engine } from '@tapehead/core';
import { initializers, input, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { NtmConfig } from '../options.js';
import { LstmController } from './controller.js';
import { ReadHead, WriteHead } from './heads.js';
import { InitialRead } from './initialRead.js';
import type { StepOutputs } from './options.js';
import type { PartArgs } from './part.js';
import { oneOf, symbolic } from './symbolic.js';

/** The names of the layers of a model that have weights. */
export const names = {
  controller: (layer: number): string => `controller_lstm${layer === 0 ? '' : `_${layer + 1}`}`,
  writeHead: 'write_head',
  readHead: 'read_head',
  output: 'ntm_output',
} as const;

/** What a step goes on from, beside the memory. */
export interface State {
  /** `[batch, R, M]` */
  readonly reads: SymbolicTensor;
  /** `[batch, R, N]`; none: uniform. */
  readonly readWeights: readonly SymbolicTensor[];
  /** `[batch, W, N]`; none: uniform. */
  readonly writeWeights: readonly SymbolicTensor[];
  /** h and c of each layer of the controller; none: 0. */
  readonly cells: readonly (readonly SymbolicTensor[])[];
}

/** The state as inputs of the model. */
export function stateInputs(config: NtmConfig): State {
  const { readHeads, writeHeads, memorySize, memoryDim, controllerSize } = config;
  const each = (name: string, ...shape: number[]) => input({ shape, name });
  return {
    reads: each('reads', readHeads, memoryDim),
    readWeights: [each('read_weights', readHeads, memorySize)],
    writeWeights: [each('write_weights', writeHeads, memorySize)],
    cells: ofLayers(config, (l) =>
      ['h', 'c'].map((part) => each(`${names.controller(l)}_${part}`, controllerSize)),
    ),
  };
}

/** The state that the original starts from. */
export function freshState(config: NtmConfig, memory: SymbolicTensor): State {
  const layer = new InitialRead({ name: 'initial_read', numHeads: config.readHeads });
  return {
    reads: oneOf(layer.apply(memory)),
    readWeights: [],
    writeWeights: [],
    cells: ofLayers(config, () => []),
  };
}

/** The state in the order of inputs and outputs. */
export const listOf = ({ reads, readWeights, writeWeights, cells }: State): SymbolicTensor[] => [
  reads,
  ...readWeights,
  ...writeWeights,
  ...cells.flat(),
];

function ofLayers<Made>({ layers: count }: NtmConfig, make: (layer: number) => Made): Made[] {
  return Array.from({ length: count }, (_, l) => make(l));
}

/** What the layers of a model have in common. */
export interface Wiring {
  readonly config: NtmConfig;
  readonly engine: Engine;
  readonly outputs: StepOutputs;
}

/** What a step gives; the weights and the cells of `state` are there if `outputs` asks for the state. */
export interface Stepped {
  readonly output: SymbolicTensor;
  readonly memory: SymbolicTensor;
  readonly state: State;
}

/**
 * One step as a graph of layers:
 * 1. `u = [x, reads]`, `h = controller(u)`;
 * 2. the write heads address the old memory and write it, the read heads read the new one, or the old one;
 * 3. `output = activation([h, reads']·kernel + bias)`.
 */
export function connect(wiring: Wiring, x: SymbolicTensor, memory: SymbolicTensor, state: State): Stepped {
  const { config, engine, outputs } = wiring;
  const nextSeed = seedStream(config.seed);
  const common = () => ({ engine, seed: nextSeed() });
  const u = joined('controller_input', x, state.reads);
  const { h, cells } = throughController(u, state, { ...config, outputs, common });
  const { shifts, keyAndAddActivation, keyActivation, addActivation, sharpenEpsilon } = config;
  const head = {
    ...{ shifts, keyAndAddActivation, keyActivation, addActivation, sharpenEpsilon },
    outputs: outputs === 'output' ? 'result' : 'result-and-weights',
  } as const;
  const writing = new WriteHead({ ...common(), ...head, name: names.writeHead, numHeads: config.writeHeads });
  const reading = new ReadHead({ ...common(), ...head, name: names.readHead, numHeads: config.readHeads });
  const [written = memory, ...writeWeights] = symbolic(writing.apply([h, memory, ...state.writeWeights]));
  const readable = config.order === 'write-first' ? written : memory;
  const [reads = h, ...readWeights] = symbolic(reading.apply([h, readable, ...state.readWeights]));
  const output = layers.dense({
    name: names.output,
    units: config.outputSize,
    activation: config.outputActivation,
    kernelInitializer: initializers.glorotUniform({ seed: nextSeed() }),
  });
  return {
    output: oneOf(output.apply(joined('ntm_combine', h, reads))),
    memory: written,
    state: { reads, readWeights, writeWeights, cells },
  };
}

/** `[batch, size]` and `[batch, heads, M]` to `[batch, size + heads · M]`. */
function joined(name: string, first: SymbolicTensor, reads: SymbolicTensor): SymbolicTensor {
  const flat = oneOf(layers.flatten({ name: `${name}_reads` }).apply(reads));
  return oneOf(layers.concatenate({ name }).apply([first, flat]));
}

interface ControllerWiring {
  readonly controllerSize: number;
  readonly outputs: StepOutputs;
  /** The engine and a fresh seed. */
  readonly common: () => Pick<PartArgs, 'engine' | 'seed'>;
}

/** The layers of the controller, from the bottom up. */
function throughController(
  u: SymbolicTensor,
  { cells }: State,
  { controllerSize, outputs, common }: ControllerWiring,
): { readonly h: SymbolicTensor; readonly cells: SymbolicTensor[][] } {
  let h = u;
  const next = cells.map((cell, l) => {
    const layer = new LstmController({ ...common(), name: names.controller(l), controllerSize, outputs });
    const made = symbolic(layer.apply([h, ...cell]));
    h = oneOf(made);
    return made;
  });
  return { h, cells: next };
}
