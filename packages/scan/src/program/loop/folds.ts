import { type Code, f32, f32x4 } from '../../emit/code.js';
import type { FoldFunction } from '../../plan/work.js';

/** What a fold begins with. */
export const identities: Readonly<Record<FoldFunction, number>> = {
  sum: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

type Two = (a: Code, b: Code) => Code;

/** Folds two vectors, lane by lane. */
export const foldVectors: Readonly<Record<FoldFunction, Two>> = {
  sum: f32x4.add,
  prod: f32x4.mul,
  max: f32x4.max,
  min: f32x4.min,
};

/** Folds two numbers. */
export const foldNumbers: Readonly<Record<FoldFunction, Two>> = {
  sum: f32.add,
  prod: f32.mul,
  max: f32.max,
  min: f32.min,
};
