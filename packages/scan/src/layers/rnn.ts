import { asCube, type Engine, TapeheadError } from '@tapehead/core';
import { cast, type Rank, reshape, reverse, Tensor, type Tensor3D, tidy, where } from '@tensorflow/tfjs-core';
import type { RNN } from '@tensorflow/tfjs-layers';
import { scan } from '../scan.js';
import { type Cell, callerOf, type DropoutMasks, drawMasks, drawsInStep, isKnown } from './dropout.js';
import { lastTaken, layerMask } from './padding.js';

/** One step of x, `[batch, width]`, and 0 for each sequence that does not take it: `[batch]`, or none. */
interface Input {
  readonly x: Tensor;
  readonly mask: readonly Tensor[];
}

interface State {
  readonly states: readonly Tensor[];
  readonly masks: DropoutMasks;
}

type CellStep = (input: Input, state: State) => { readonly output: readonly Tensor[]; readonly state: State };

/**
 * What `layer.call` of tfjs-layers gives: the same outputs and states, the state of a `stateful` layer kept in it; by
 * `scan`.
 *
 * @param options `mask` `[batch, time]` or `[batch, time, 1]`, `training`, `initialState`
 */
export function callRnn(
  layer: RNN,
  engine: Engine,
  inputs: Tensor | Tensor[],
  options: object,
): Tensor | Tensor[] {
  return tidy(() => {
    const training = option(options, 'training') === true;
    const x = oneOf(inputs);
    const states = statesOf(layer, x, option(options, 'initialState'));
    const { output, states: last } = run({
      layer,
      engine,
      x,
      states,
      mask: layerMask(option(options, 'mask'), x.shape[0], x.shape[1]),
      training,
    });
    if (layer.stateful) layer.resetStates([...last], training);
    return layer.returnState ? [output, ...last] : output;
  });
}

function option(options: object, name: string): unknown {
  return Reflect.get(options, name) ?? undefined;
}

function oneOf(inputs: Tensor | Tensor[]): Tensor3D {
  const [x, ...others] = Array.isArray(inputs) ? inputs : [inputs];
  if (x?.rank === 3 && others.length === 0) return asCube(x);
  throw new TapeheadError('shape', 'x: expected one input [batch, time, width]');
}

/** What a call starts from: as given, as kept, or zeros. */
function statesOf(layer: RNN, x: Tensor, given: unknown): readonly Tensor[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const states = given === undefined ? ownStates(layer, x) : list.filter((each) => each instanceof Tensor);
  const wanted = [layer.cell.stateSize].flat().length;
  if (states.length === wanted) return states;
  throw new TapeheadError('argument', `initialState: expected ${wanted} tensors, got ${states.length}`);
}

const ownStates = (layer: RNN, x: Tensor): Tensor[] =>
  layer.stateful ? layer.getStates() : layer.getInitialState(x);

interface Run {
  readonly layer: RNN;
  readonly engine: Engine;
  readonly x: Tensor;
  readonly states: readonly Tensor[];
  readonly mask: Tensor | undefined;
  readonly training: boolean;
}

function run({ layer, engine, x: given, states, mask, training }: Run): {
  readonly output: Tensor;
  readonly states: readonly Tensor[];
} {
  const turn = (each: Tensor) => (layer.goBackwards ? reverse(each, 1) : each);
  const x = { x: turn(given), mask: mask ? [turn(mask)] : [] };
  const [batch = 0, , width = 0] = given.shape;
  const masks = drawMasks(layer.cell, training, { x: [batch, width], state: states[0]?.shape ?? [] });
  // The first state of a cell of tfjs is its output.
  const withOutput = layer.returnSequences || !isKnown(layer.cell);
  const net = netOf(layer, training, withOutput);
  const { outputs, state } = scan(net, { states, masks }, x, { engine: engineFor(layer, engine) });
  const [first] = state.states;
  const [output = first] = outputs;
  if (output === undefined) throw new Error('a cell has a state');
  return {
    output: withOutput && !layer.returnSequences ? lastTaken(asCube(output)) : output,
    states: state.states,
  };
}

/** Cells within a cell that draw random numbers, and keep them, are no step that can be traced. */
function engineFor(layer: RNN, engine: Engine): Engine {
  if (!drawsInStep(layer.cell)) return engine;
  if (engine !== 'fused') return 'reference';
  throw new TapeheadError(
    'backend',
    `layer ${layer.name}: stacked cells with dropout have no kernels; use one layer for each cell, or engine 'reference'`,
  );
}

interface Net {
  readonly step: CellStep;
}

const nets = new WeakMap<RNN, Map<string, Net>>();

/** The same for the same layer at each call, so that it is compiled once. */
function netOf(layer: RNN, training: boolean, withOutput: boolean): Net {
  const made = nets.get(layer) ?? new Map<string, Net>();
  nets.set(layer, made);
  const name = `${training} ${withOutput}`;
  const net = made.get(name) ?? { step: makeStep(layer.cell, training, withOutput) };
  made.set(name, net);
  return net;
}

/** As in tf.layers, a sequence that does not take a step keeps its states, and its output is the first of them. */
function makeStep(cell: Cell, training: boolean, withOutput: boolean): CellStep {
  const call = callerOf(cell, training);
  return ({ x, mask: [mask] }, { states, masks }) => {
    const [output, ...next] = call([x, ...states], masks);
    const taken = mask && cast(reshape<Rank.R2>(mask, [-1, 1]), 'bool');
    const choose = (yes: Tensor, no = yes) => (taken ? where(taken, yes, no) : yes);
    return {
      output: withOutput && output ? [choose(output, states[0])] : [],
      state: { states: next.map((each, i) => choose(each, states[i])), masks },
    };
  };
}
