import type { Rank, Tensor } from '@tensorflow/tfjs-core';

/** Ranks with time, by the rank without it. */
export interface RankOverTime {
  R0: never;
  R1: Rank.R2;
  R2: Rank.R3;
  R3: Rank.R4;
  R4: Rank.R5;
  R5: Rank.R6;
  R6: never;
}

/** Ranks without time, by the rank with it. */
export interface RankAtStep {
  R0: never;
  R1: never;
  R2: Rank.R1;
  R3: Rank.R2;
  R4: Rank.R3;
  R5: Rank.R4;
  R6: Rank.R5;
}

/** What one step gets of x: `[batch, time, …]` becomes `[batch, …]`. */
export type AtStep<X> =
  X extends Tensor<infer R>
    ? Tensor<Rank extends R ? Rank : RankAtStep[R]>
    : { [Name in keyof X]: AtStep<X[Name]> };

/** The outputs of all steps: `[batch, …]` becomes `[batch, time, …]`. */
export type OverTime<O> =
  O extends Tensor<infer R>
    ? Tensor<Rank extends R ? Rank : RankOverTime[R]>
    : { [Name in keyof O]: OverTime<O[Name]> };

/** The same with tensors in place of variables. */
export type Tensors<S> = S extends Tensor<infer R> ? Tensor<R> : { [Name in keyof S]: Tensors<S[Name]> };

/** The same with tensors of any rank: that the shapes stay is checked as it runs. */
export type AnyRank<S> = S extends Tensor ? Tensor : { [Name in keyof S]: AnyRank<S[Name]> };

/**
 * One time step, in tfjs ops and functions of these packages.
 * A method, so that its parameters may have more exact types than those of x and of the state.
 */
export type Step<X, S, O> = {
  /** x and the state of one time step, to its output and the next state. */
  step(x: AtStep<X>, state: Tensors<S>): { readonly output: O; readonly state: AnyRank<S> };
}['step'];

/** A step, or something that has one, such as an `NTM`. */
export type Stepping<X, S, O> = Step<X, S, O> | { readonly step: Step<X, S, O> };
