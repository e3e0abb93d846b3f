import type { HeadParameters } from '@tapehead/addressing';
import { stack, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { taking } from './lengths.js';
import type { NtmStep } from './step.js';

/** What heads said at each step: key `[B, T, H, M]`, beta, gate and gamma `[B, T, H]`, shift `[B, T, H, S]`. */
export type HeadTrace = { key: Tensor; beta: Tensor; gate: Tensor; shift: Tensor; gamma: Tensor };

/** Everything that happened at each step of a sequence; time is axis 1. */
export type NtmTrace = {
  /** After the step, `[B, T, N, M]`. */
  memory: Tensor;
  /** `[B, T, R, M]` */
  reads: Tensor;
  /** `[B, T, R, N]` */
  readWeights: Tensor;
  /** `[B, T, W, N]` */
  writeWeights: Tensor;
  readHeads: HeadTrace;
  /** Beside where to look, what to erase and add: `[B, T, W, M]` each. */
  writeHeads: HeadTrace & { erase: Tensor; add: Tensor };
};

/**
 * A trace with zeros at steps that are not taken.
 * @param mask `[batch, time]`, 1 where a step is taken; all are where it is left out
 */
export function traceTaken(trace: NtmTrace, mask: Tensor2D | undefined): NtmTrace {
  if (mask === undefined) return trace;
  const { memory, reads, readWeights, writeWeights, readHeads, writeHeads } = trace;
  const at = (each: Tensor) => taking(mask, each);
  const said = ({ key, beta, gate, shift, gamma }: HeadTrace): HeadTrace => ({
    key: at(key),
    beta: at(beta),
    gate: at(gate),
    shift: at(shift),
    gamma: at(gamma),
  });
  return {
    memory: at(memory),
    reads: at(reads),
    readWeights: at(readWeights),
    writeWeights: at(writeWeights),
    readHeads: said(readHeads),
    writeHeads: { ...said(writeHeads), erase: at(writeHeads.erase), add: at(writeHeads.add) },
  };
}

/** Lays the steps of a sequence side by side. */
export function traceOf(steps: readonly NtmStep[]): NtmTrace {
  const overTime = (pick: (step: NtmStep) => Tensor): Tensor => stack(steps.map(pick), 1);
  const headsOverTime = (pick: (step: NtmStep) => HeadParameters): HeadTrace => ({
    key: overTime((step) => pick(step).key),
    beta: overTime((step) => pick(step).beta),
    gate: overTime((step) => pick(step).gate),
    shift: overTime((step) => pick(step).shift),
    gamma: overTime((step) => pick(step).gamma),
  });
  return {
    memory: overTime(({ state }) => state.memory),
    reads: overTime(({ state }) => state.reads),
    readWeights: overTime(({ state }) => state.readWeights),
    writeWeights: overTime(({ state }) => state.writeWeights),
    readHeads: headsOverTime(({ readParameters }) => readParameters),
    writeHeads: {
      ...headsOverTime(({ writeParameters }) => writeParameters),
      erase: overTime(({ writeParameters }) => writeParameters.erase),
      add: overTime(({ writeParameters }) => writeParameters.add),
    },
  };
}
