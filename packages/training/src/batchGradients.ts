import type { Episode } from '@tapehead/tasks';
import { add, dispose, type NamedTensorMap, type Scalar, tidy } from '@tensorflow/tfjs-core';
import { weightOf } from './costs/count.js';
import { type Differentiated, type Gradients, gradientsOf, measured, type Scaled } from './gradients.js';
import { type Pass, passHere } from './pass.js';
import type { Pool, Start } from './pool.js';
import type { Run } from './run.js';
import { joinedStates, rowsOfState, type StoredState, storedState } from './stateTree.js';
import { partsOf } from './workers/parts.js';

/** The gradients of a batch, and the state after its last steps where that is carried over. */
export interface BatchGradients {
  readonly result: Gradients;
  readonly state: StoredState | undefined;
}

/** The gradients of the batch of an update: at once, or in as many passes as the run says, here or by a pool. */
export async function batchGradients(
  run: Run,
  episodes: readonly Episode[],
  scaled: Scaled,
  pool: Pool | undefined,
): Promise<BatchGradients> {
  const { model, accumulate } = run;
  if (pool === undefined && accumulate === 1 && isPlain(run)) {
    return { result: gradientsOf(model, episodes, scaled), state: undefined };
  }
  const start = await startOf(run);
  const pass = (part: readonly Episode[], of: Scaled, from: Start | undefined): Promise<Pass> =>
    pool === undefined ? passHere(model, part, of, from) : pool.differentiate(part, of, from);
  const all =
    accumulate === 1
      ? await pass(episodes, scaled, start)
      : await accumulated(run, episodes, scaled, start, pass);
  try {
    return { result: tidy(() => measured(all)), state: all.state };
  } finally {
    all.value.dispose();
  }
}

type MakePass = (part: readonly Episode[], of: Scaled, from: Start | undefined) => Promise<Pass>;

/** Whether sequences start at the learned start, and nothing is carried over. */
const isPlain = ({ state, carried, carry }: Run): boolean =>
  state === undefined && carried === undefined && carry === 'nothing';

async function startOf(run: Run): Promise<Start | undefined> {
  if (isPlain(run)) return undefined;
  const { state: given, carried, carry } = run;
  const state = carried ?? given;
  return {
    state: state === undefined ? undefined : await storedState(state),
    final: carry === 'state' ? 'wanted' : 'not wanted',
  };
}

/** The sum over the passes: each is weighted so that it adds up to the batch. Memory holds one pass at a time. */
async function accumulated(
  { accumulate }: Run,
  episodes: readonly Episode[],
  { cost, scale }: Scaled,
  start: Start | undefined,
  pass: MakePass,
): Promise<Pass> {
  const states: StoredState[] = [];
  let sum: Differentiated | undefined;
  let from = 0;
  try {
    for (const part of partsOf(episodes, accumulate)) {
      const of = { cost, scale: scale * weightOf(cost.over, part, episodes) };
      const { state, ...next } = await pass(part, of, partOf(start, from, from + part.length));
      from += part.length;
      if (state !== undefined) states.push(state);
      sum = sum === undefined ? next : added(sum, next);
    }
  } catch (error) {
    if (sum !== undefined) dispose([sum.value, sum.gradients]);
    throw error;
  }
  if (sum === undefined) throw new Error('a batch has at least one episode');
  return states.length === 0 ? sum : { ...sum, state: joinedStates(states) };
}

function partOf(start: Start | undefined, from: number, to: number): Start | undefined {
  if (start?.state === undefined) return start;
  return { ...start, state: rowsOfState(start.state, from, to) };
}

/** The sum of both, which are disposed. */
function added(first: Differentiated, second: Differentiated): Differentiated {
  const sum = tidy(() => ({
    value: add<Scalar>(first.value, second.value),
    gradients: Object.fromEntries(
      Object.entries(first.gradients).map(([name, gradient]) => [
        name,
        add(gradient, second.gradients[name] ?? 0),
      ]),
    ) satisfies NamedTensorMap,
  }));
  dispose([first.value, first.gradients, second.value, second.gradients]);
  return sum;
}
