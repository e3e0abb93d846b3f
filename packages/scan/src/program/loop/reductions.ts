import { type Code, f32, f32x4, v128 } from '../../emit/code.js';
import type { Local } from '../../emit/function.js';
import type { Reduction } from '../../plan/work.js';
import { LANES } from './context.js';
import { foldVectors, identities } from './folds.js';
import { further, storeVector } from './memory.js';
import type { OpenNest } from './openNest.js';
import type { Sum } from './sums.js';
import type { Vector } from './vector.js';

/** Adds a vector to a sum. */
export function writeReduction(nest: OpenNest, vector: Vector, sum: Sum): void {
  if (sum.kind === 'memory') addToMemory(nest, vector, sum.reduction);
  else {
    const { slot, first } = vector.lanes;
    addToRegister(nest, vector, sum, sum.accumulator(sum.kind === 'row' ? slot : first / LANES));
  }
}

function addToMemory(nest: OpenNest, vector: Vector, reduction: Reduction): void {
  const { first, count } = vector.lanes;
  const place = further(nest.place(reduction.to), first);
  const joined = vector.register();
  const before = vector.register();
  vector.code.push(
    before.set(v128.load(place.pointer.get, place.offset)),
    joined.set(folded(nest, vector, reduction, before)),
    storeVector(place, joined, 1, count),
  );
}

function addToRegister(nest: OpenNest, vector: Vector, { kind, reduction }: Sum, accumulator: Local): void {
  const { count } = vector.lanes;
  const value =
    kind === 'row' && count < LANES
      ? foldVectors[reduction.f](accumulator.get, cut(vector, reduction))
      : folded(nest, vector, reduction, accumulator);
  vector.code.push(accumulator.set(value));
}

/** What is there, folded with a vector; a product takes one instruction. */
function folded({ context }: OpenNest, vector: Vector, { f, from }: Reduction, before: Local): Code {
  const factors = f === 'sum' ? vector.factors(from) : undefined;
  if (factors === undefined) return foldVectors[f](before.get, vector.local(from).get);
  const [a, b] = factors;
  return context.multiplyAdd.madd(vector.local(a).get, vector.local(b).get, before.get);
}

/** A vector whose lanes beyond the end of the row are the identity of the fold. */
function cut(vector: Vector, { f, from }: Reduction): Code {
  const factors = f === 'sum' ? vector.factors(from) : undefined;
  let value =
    factors === undefined
      ? vector.local(from).get
      : f32x4.mul(vector.local(factors[0]).get, vector.local(factors[1]).get);
  for (let lane = vector.lanes.count; lane < LANES; lane++)
    value = f32x4.replaceLane(value, lane, f32.const(identities[f]));
  return value;
}
