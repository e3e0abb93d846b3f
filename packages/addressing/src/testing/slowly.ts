import { expectGolden, flatten, type GoldenInputs, type Nested, slopesOf } from '@tapehead/testing';
import { randomUniform, reshape, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** A formula, beside its transcription as loops over one sequence, whose inputs are flat lists. */
export interface Transcribed {
  /** The shape of each input, without its batch, in the order that `slow` takes them. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly formula: (given: GoldenInputs) => Tensor;
  readonly slow: (...lists: number[][]) => number[];
}

/** Asserts that both agree in value and gradient, for inputs between 0 and 1. */
export function expectAsSlowly(
  name: string,
  { shapes, formula, slow }: Transcribed,
  { batch, seed }: Readonly<Record<'batch' | 'seed', number>>,
): void {
  const uniform = (shape: readonly number[], offset: number): Nested =>
    tidy(() => randomUniform([batch, ...shape], 0, 1, 'float32', 100 * seed + offset).arraySync());
  const names = Object.keys(shapes);
  const inputs = Object.fromEntries(names.map((each, k) => [each, uniform(shapes[each] ?? [], k)]));
  const lists = Object.values(inputs).map(flatten);
  const output = eachSequence(slow, lists, batch);
  const cotangent = uniform([output.length / batch], names.length);
  const weights = flatten(cotangent);
  const cost = (at: number[][]) =>
    eachSequence(slow, at, batch).reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
  const slopes = slopesOf(cost, lists);
  const gradients = Object.fromEntries(names.map((each, k) => [each, slopes[k] ?? []]));
  const flat = (given: GoldenInputs) => reshape(formula(given), [batch, -1]);
  expectGolden({ function: name, inputs, output, cotangent, gradients }, flat);
}

/** The outputs of all sequences, one after the other. */
function eachSequence(slow: Transcribed['slow'], lists: readonly number[][], batch: number): number[] {
  return Array.from({ length: batch }, (_, b) =>
    slow(...lists.map((list) => list.slice((b * list.length) / batch, ((b + 1) * list.length) / batch))),
  ).flat();
}
