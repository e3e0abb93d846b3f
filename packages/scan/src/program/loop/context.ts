import type { Code, MultiplyAdd } from '../../emit/code.js';
import type { FunctionBuilder, Local } from '../../emit/function.js';
import type { Function as MapFunction } from '../../graph/graph.js';

/** Where numbers lie: at so many bytes from where a local points. */
export interface Place {
  readonly pointer: Local;
  readonly offset: number;
}

/** What code for loops is written with. */
export interface LoopContext {
  readonly fn: FunctionBuilder;
  readonly multiplyAdd: MultiplyAdd;
  /** Where a cell begins. */
  place(cell: number): Place;
  /** A function of vectors. It reads its arguments more than once. */
  apply(f: MapFunction, args: readonly Local[]): Code;
}

/** The floats of a vector. */
export const LANES = 4;
