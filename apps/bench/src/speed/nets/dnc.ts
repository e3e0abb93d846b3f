import { contentAddressing } from '@tapehead/addressing';
import {
  allocationWeighting,
  backwardWeighting,
  forwardWeighting,
  readWeighting,
  retentionVector,
  updateLinks,
  updatePrecedence,
  updateUsage,
  writeWeighting,
} from '@tapehead/addressing/dnc';
import { buildController, glorotUniform, type MakeVariable, plainVariable } from '@tapehead/controller';
import { read, write } from '@tapehead/memory';
import type { Step } from '@tapehead/scan';
import {
  add,
  concat,
  matMul,
  type Rank,
  reshape,
  sigmoid,
  softmax,
  softplus,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';

export interface DncSizes {
  readonly inputSize: number;
  readonly outputSize: number;
  /** N */
  readonly memorySize: number;
  /** M */
  readonly memoryDim: number;
  /** R */
  readonly readHeads: number;
  readonly controllerSize: number;
}

/** The Differentiable Neural Computer (Graves, Wayne et al. 2016) of docs/guides/dnc.md, with an LSTM. */
export function buildDnc({
  inputSize,
  outputSize,
  memorySize: N,
  memoryDim: M,
  readHeads: R,
  controllerSize,
}: DncSizes) {
  const parameters: Record<string, Variable> = {};
  const variable: MakeVariable = (name, initial) => {
    const made = plainVariable(name, initial);
    parameters[name] = made;
    return made;
  };
  const controller = buildController(inputSize + R * M, controllerSize, { kind: 'lstm', seed: 1, variable });
  // What the controller says to its memory at each step.
  const widths = {
    writeKey: M,
    writeBeta: 1,
    erase: M,
    add: M,
    writeGate: 1,
    allocationGate: 1,
    freeGate: R,
    readKey: R * M,
    readBeta: R,
    modes: R * 3,
  };
  const width = Object.values(widths).reduce((sum, each) => sum + each);
  const says = variable('says', glorotUniform(controllerSize, width, 2));
  const output = variable('output', glorotUniform(controllerSize + R * M, outputSize, 3));

  const initialState = (batch: number) => ({
    controller: controller.initialState(batch),
    memory: zeros([batch, N, M]),
    usage: zeros([batch, N]),
    writeWeights: zeros([batch, N]),
    precedence: zeros([batch, N]),
    links: zeros([batch, N, N]),
    readWeights: zeros([batch, R, N]),
    reads: zeros([batch, R * M]),
  });

  const strength = (beta: Tensor) => add(1, softplus(beta));
  const ofHeads = (numbers: Tensor, size: number) => reshape(numbers, [-1, R, size]);

  const step: Step<Tensor3D, ReturnType<typeof initialState>, Tensor2D> = (x, state) => {
    const controlled = controller.step(concat([x, state.reads], 1), state.controller);
    const said = cut(matMul(controlled.output, says), widths);

    const retention = retentionVector(sigmoid(said('freeGate')), state.readWeights);
    const usage = updateUsage(state.usage, state.writeWeights, retention);
    const writeWeights = writeWeighting(
      sigmoid(said('writeGate')),
      sigmoid(said('allocationGate')),
      allocationWeighting(usage),
      contentAddressing(said('writeKey'), state.memory, strength(said('writeBeta'))),
    );
    const memory = write(state.memory, writeWeights, sigmoid(said('erase')), said('add'));

    const links = updateLinks(state.links, state.precedence, writeWeights);
    const precedence = updatePrecedence(state.precedence, writeWeights);
    const readWeights = readWeighting(
      softmax(ofHeads(said('modes'), 3)),
      backwardWeighting(links, state.readWeights),
      contentAddressing(ofHeads(said('readKey'), M), memory, strength(said('readBeta'))),
      forwardWeighting(links, state.readWeights),
    );
    const reads = reshape<Rank.R2>(read(memory, readWeights), [-1, R * M]);
    return {
      output: matMul<Tensor2D>(concat([controlled.output, reads], 1), output),
      state: {
        controller: controlled.state,
        memory,
        usage,
        writeWeights,
        precedence,
        links,
        readWeights,
        reads,
      },
    };
  };
  return { parameters, initialState, step };
}

/** The columns of a matrix by name. */
function cut<Name extends string>(
  columns: Tensor2D,
  widths: Readonly<Record<Name, number>>,
): (name: Name) => Tensor2D {
  const pieces = split<Tensor2D>(columns, Object.values(widths), 1);
  const names = Object.keys(widths);
  return (name) => {
    const piece = pieces[names.indexOf(name)];
    if (piece === undefined) throw new Error(`there is no ${name}`);
    return piece;
  };
}
