import type { HeadParameters } from '@tapehead/addressing';
import { concat, split, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  type HeadsOptions,
  type ReadHeads,
  readWith,
  type WriteHeads,
  type WriteParameters,
  writeWith,
} from './heads.js';

/** What all heads of a step did. */
export interface Moved {
  readonly reading: ReadHeads;
  readonly writing: WriteHeads;
}

/** What the heads say, the memory before the step, and where the heads looked in the step before. */
interface Before {
  readonly readers: HeadParameters;
  readonly writers: WriteParameters;
  /** `[batch, N, M]` */
  readonly memory: Tensor3D;
  /** `[batch, R, N]` */
  readonly readWeights: Tensor3D;
  /** `[batch, W, N]` */
  readonly writeWeights: Tensor3D;
}

/**
 * Read head 0, write head 0, read head 1, write head 1 and so on. Each addresses, and reads or writes, the memory as the
 * heads before it left it: `r_i = w_i M_i`, `M_{i+1} = M_i (1 − w_i e_iᵀ) + w_i a_iᵀ`, from `M_0` of the step before.
 */
export function inTurn(
  { readers, writers, memory, readWeights, writeWeights }: Before,
  options: HeadsOptions,
): Moved {
  const [reading, writing] = [readersOf(readers), writersOf(writers)];
  const [before, beforeWriting] = [eachHead(readWeights), eachHead(writeWeights)];
  const reads: ReadHeads[] = [];
  const writes: WriteHeads[] = [];
  let tape = memory;
  for (let i = 0; i < Math.max(reading.length, writing.length); i++) {
    const [reader, from] = [reading[i], before[i]];
    if (reader && from) reads.push(readWith(reader, tape, from, options));
    const [writer, where] = [writing[i], beforeWriting[i]];
    if (!writer || !where) continue;
    const wrote = writeWith(writer, tape, where, options);
    writes.push(wrote);
    tape = wrote.memory;
  }
  return {
    reading: {
      reads: heads(reads.map((each) => each.reads)),
      weights: heads(reads.map((each) => each.weights)),
      parameters: readers,
    },
    writing: { memory: tape, weights: heads(writes.map((each) => each.weights)), parameters: writers },
  };
}

/** The axis of heads put back. */
const heads = (each: Tensor3D[]): Tensor3D => concat(each, 1);

/** Each head alone, its axis kept; one alone stays whole, because tfjs has no gradient for a split into one. */
function eachHead<T extends Tensor>(all: T): T[] {
  const count = all.shape[1] ?? 1;
  return count === 1 ? [all] : split<T>(all, count, 1);
}

/** What each head says alone. */
function readersOf(said: HeadParameters): HeadParameters[] {
  const [key, beta, gate] = [eachHead(said.key), eachHead(said.beta), eachHead(said.gate)];
  const [shift, gamma] = [eachHead(said.shift), eachHead(said.gamma)];
  return key.map((each, i) => ({
    key: each,
    beta: at(beta, i),
    gate: at(gate, i),
    shift: at(shift, i),
    gamma: at(gamma, i),
  }));
}

function writersOf(said: WriteParameters): WriteParameters[] {
  const [erase, add] = [eachHead(said.erase), eachHead(said.add)];
  return readersOf(said).map((where, i) => ({ ...where, erase: at(erase, i), add: at(add, i) }));
}

function at<T>(each: readonly T[], i: number): T {
  const found = each[i];
  if (found === undefined) throw new Error('all parameters are of the same heads');
  return found;
}
