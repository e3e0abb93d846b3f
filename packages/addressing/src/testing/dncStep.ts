import {
  type Rank,
  randomUniform,
  sigmoid,
  softmax,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
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
} from '../dnc.js';

/** What the addressing of a DNC carries from step to step. */
export interface DncState {
  usage: Tensor2D;
  writeWeights: Tensor2D;
  precedence: Tensor2D;
  links: Tensor3D;
  readWeights: Tensor3D;
}

/** What a net says, unsquashed, and in place of its keys how well each row fits them. */
export interface RawNumbers {
  freeGate: Tensor2D;
  writeGate: Tensor2D;
  allocationGate: Tensor2D;
  writeContent: Tensor2D;
  modes: Tensor3D;
  readContent: Tensor3D;
}

/** One step of addressing without a memory. */
export function dncStep(
  raw: RawNumbers,
  { usage, writeWeights, precedence, links, readWeights }: DncState,
): DncState {
  const retention = retentionVector(sigmoid(raw.freeGate), readWeights);
  const used = updateUsage(usage, writeWeights, retention);
  const allocation = allocationWeighting(used);
  const gates = [sigmoid(raw.writeGate), sigmoid(raw.allocationGate)] as const;
  const written = writeWeighting(...gates, allocation, softmax(raw.writeContent));
  const linked = updateLinks(links, precedence, written);
  const read = readWeighting(
    softmax(raw.modes),
    backwardWeighting(linked, readWeights),
    softmax(raw.readContent),
    forwardWeighting(linked, readWeights),
  );
  return {
    usage: used,
    writeWeights: written,
    precedence: updatePrecedence(precedence, written),
    links: linked,
    readWeights: read,
  };
}

export const beforeAnything = (batch: number, heads: number, rows: number): DncState => ({
  usage: zeros([batch, rows]),
  writeWeights: zeros([batch, rows]),
  precedence: zeros([batch, rows]),
  links: zeros([batch, rows, rows]),
  readWeights: zeros([batch, heads, rows]),
});

/** Raw numbers in ±`reach`. */
export function randomRaw(
  { batch, heads, rows, reach }: Readonly<Record<'batch' | 'heads' | 'rows' | 'reach', number>>,
  seed: number,
): RawNumbers {
  const uniform = <R extends Rank>(shape: Tensor<R>['shape'], offset: number): Tensor<R> =>
    randomUniform<R>(shape, -reach, reach, 'float32', 10 * seed + offset);
  return {
    freeGate: uniform<Rank.R2>([batch, heads], 1),
    writeGate: uniform<Rank.R2>([batch, 1], 2),
    allocationGate: uniform<Rank.R2>([batch, 1], 3),
    writeContent: uniform<Rank.R2>([batch, rows], 4),
    modes: uniform<Rank.R3>([batch, heads, 3], 5),
    readContent: uniform<Rank.R3>([batch, heads, rows], 6),
  };
}
