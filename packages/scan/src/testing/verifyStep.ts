import { bases, kinds } from '../emit/testing.js';
import { check } from '../graph/check.js';
import type { Graph, Op } from '../graph/graph.js';
import { type Given, type Results, runGraph } from '../graph/oracle.js';
import { runAsProgram } from '../program/testing.js';
import { simplify } from '../simplify/index.js';
import { type Differences, differencesOf, runLoop } from './compare.js';
import { build, type RandomStep } from './randomStep.js';

/** float32 against float64, or in another order, relative to the largest number of a tensor. */
const tolerance: Differences = { values: 1e-5, gradients: 1e-4 };
type Size = { readonly batch: number; readonly time: number };
const within = (found: Differences, times = 1) =>
  found.values < times * tolerance.values && found.gradients < times * tolerance.gradients;

/** Kernels may give 1 − 2.4e-7 where tanh is 1. Of its slope, 1 − tanh², that is all. */
const saturates = (op: Op): boolean => op.op === 'map' && ['tanh', 'sigmoid', 'erf'].includes(op.f);

/**
 * What float32 cannot tell is left out: steps whose results jump or change much when all numbers change by up to 10⁻⁶ of
 * themselves, which is 2.5 times the error of tanh and 16 times that of a sum. Near a jump (of floor, a comparison, a maximum, an argMax, a sign)
 * engines may take either side; where numbers cancel, their last digits are all that is left. Equal numbers of one tensor
 * change alike, so that ties stay ties. Each change is also made the other way round: a jump lies on one side.
 */
function isSteady(graph: Graph, given: Given, size: Size, exact: Results): boolean {
  return [0, 2, 4, 6, 8, 10].every((trial) => {
    const [first, by] = trial % 4 === 0 ? [trial, 1e-6] : [trial - 2, -1e-6];
    let tensors = first;
    const disturb = (data: Float64Array, op?: Op) => {
      const phase = tensors++;
      const isExact = (x: number) => Number.isInteger(x) && !(op && saturates(op));
      return data.map((x) => (isExact(x) ? x : x * (1 + by * Math.sin(1e5 * x + phase))));
    };
    const disturbGiven = (all: readonly Float64Array[]) => all.map((data) => disturb(data));
    const changed = {
      ...given,
      x: disturbGiven(given.x),
      state: disturbGiven(given.state),
      captured: disturbGiven(given.captured),
    };
    return within(differencesOf(runGraph(graph, changed, size, disturb), exact), 2.5);
  });
}

/**
 * Compares a step as a graph, as a simplified graph and as programs with the loop of tfjs. Call it in a `tidy`.
 *
 * @throws Error that tells the step, if they differ
 */
export function verifyStep(random: RandomStep): 'left out' | 'the same' {
  const { text, gradients, ...trial } = build(random);
  let what = 'the trace';
  const verify = (found: Results, wanted: Results, times = 1): void => {
    const far = differencesOf(found, wanted);
    if (!within(far, times)) throw new Error(`differs by ${JSON.stringify(far)}`);
  };
  try {
    const { traced, given, size, expected } = runLoop(trial);
    const { graph, gradientObstacle } = traced;
    if (gradientObstacle !== undefined && gradients) throw new Error(gradientObstacle);
    const exact = runGraph(graph, given, size);
    if (!isSteady(graph, given, size, exact)) return 'left out';
    what = 'the graph';
    check(graph);
    verify(exact, expected);
    what = 'the simplified graph';
    const simple = simplify(graph);
    check(simple);
    verify(runGraph(simple, given, size), exact, 1e-3);
    const hasGradient = gradientObstacle === undefined;
    for (const kind of kinds)
      for (const smallestWeight of [1, 512])
        for (const way of ['forward', 'backToX'] as const) {
          if (way === 'forward' ? hasGradient && smallestWeight > 1 : !hasGradient) continue;
          what = `the program (${kind}, ${way}, weights of ${smallestWeight} numbers packed)`;
          const options = { base: bases[kind], relaxed: kind === 'relaxed', way, smallestWeight };
          const found = runAsProgram(simple, given, size, options);
          verify(found, way === 'forward' ? { ...expected, slopes: found.slopes } : expected);
        }
    return 'the same';
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    throw new Error(`${what}: ${told}\n${text}`, { cause: error });
  }
}
