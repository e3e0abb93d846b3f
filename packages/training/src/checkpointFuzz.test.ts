import { isDeepStrictEqual } from 'node:util';
import { isTapeheadError } from '@tapehead/core';
import { onEachBackend, recordTotals } from '@tapehead/testing';
import { memory } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { captureState } from './capture.js';
import { decodeCheckpoint } from './checkpoint.js';
import { restoreState, resumeRun } from './restore.js';
import type { Run } from './run.js';
import { constant } from './schedule.js';
import type { TrainingState } from './state.js';
import { trainStep } from './step.js';
import { type Mutation, mutated, pick } from './testing/mutations.js';
import { netOf } from './testing/nets.js';
import { type RealFile, realFiles } from './testing/realFiles.js';

// The same cases on every machine.
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 13) });

/** Mutations for each backend: some hundreds on every run of the tests, 50,000 for the long run. */
const MUTATIONS = Number(process.env.TAPEHEAD_CHECKPOINT_MUTATIONS ?? 400);

/**
 * What a mutated file may come to. Content is what `decodeCheckpoint` gives.
 * `refused`: a TapeheadError, before anything was changed. `same`: the content of the file before.
 * `as it says`: other content, of a file whose checksum was made to fit; the run that resumes from it is what the file
 * says, tensor for tensor and setting for setting: nothing is put elsewhere, dropped or filled in.
 */
type Outcome = 'refused' | 'same' | 'as it says';

onEachBackend('mutated checkpoints', (backend) => {
  let files: RealFile[] = [];
  beforeAll(async () => {
    files = await realFiles();
  }, 60_000);

  test(`${MUTATIONS} are refused, or are what they say`, { timeout: 3_600_000 }, async () => {
    const totals = new Map<string, number>();
    const count = (name: string) => totals.set(name, (totals.get(name) ?? 0) + 1);
    const property = fc.asyncProperty(fc.gen(), async (draw) => {
      const file = pick(draw, files);
      const mutation = mutated(draw, file.bytes);
      const tensors = memory().numTensors;
      const outcome = await outcomeOf(file, mutation);
      expect(memory().numTensors, 'leaked tensors').toBe(tensors);
      count(`in all: ${outcome}`);
      count(`${mutation.kind}, ${mutation.what}: ${outcome}`);
    });
    await fc.assert(property, { numRuns: MUTATIONS });
    recordTotals('checkpoint mutations', backend, totalsByOutcome(totals));
    if (process.env.TAPEHEAD_CHECKPOINT_MUTATIONS !== undefined) {
      const lines = [...totals]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, times]) => `${times} ${name}`);
      process.stdout.write(`${backend}\n${lines.join('\n')}\n`);
    }
    expect(totals.get('in all: refused')).toBeGreaterThan(MUTATIONS / 4);
    expect(totals.get('in all: as it says')).toBeGreaterThan(0);
  });
});

const ALL = 'in all: ';

const totalsByOutcome = (totals: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries(
    [...totals].flatMap(([name, times]) => (name.startsWith(ALL) ? [[name.slice(ALL.length), times]] : [])),
  );

async function outcomeOf(file: RealFile, { kind, bytes }: Mutation): Promise<Outcome> {
  const decoded = await attempt(async () => decodeCheckpoint(bytes));
  if (decoded === undefined) return 'refused';
  const isSame = isDeepStrictEqual(decoded, file.state);
  if (kind === 'plain') {
    expect(isSame, 'damaged bytes were read as something else').toBe(true);
    return 'same';
  }
  await expectWhole(file, decoded);
  const net = await attempt(async () => netOf(decoded.model));
  if (net === undefined) return 'refused';
  try {
    const size = Object.values(net.parameters).reduce((sum, each) => sum + 4 * each.size, 0);
    // What an own controller makes of its sizes is not known to the decoder.
    const most = file.name.startsWith('own') ? 100 * bytes.length : bytes.length;
    expect(size, 'the settings build more than the file holds').toBeLessThanOrEqual(most);
    const run = await attempt(() => resumeRun({ model: net, state: decoded }));
    if (run === undefined) return 'refused';
    const resumed = await captureState(run);
    disposeRun(run);
    const [got, wanted] = [comparable(resumed, resumed), comparable(decoded, resumed)];
    if (!isDeepStrictEqual(got, wanted)) expect(got, 'the run is not what the file says').toEqual(wanted);
    await expectOrderFree(file, decoded);
    return isSame ? 'same' : 'as it says';
  } finally {
    net.dispose();
  }
}

/** A list of optimizer state in another order trains on as the same list in the order of the file that it was made from. */
async function expectOrderFree(file: RealFile, state: TrainingState): Promise<void> {
  const order = file.state.optimizer.weights.map(({ name }) => name);
  const { weights } = state.optimizer;
  if (weights.length !== order.length || weights.every(({ name }, i) => name === order[i])) return;
  if (state.batchSize > 8 || state.task.name !== 'copy') return;
  const sorted = [...weights].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const given = await afterOneStep(state);
  const wanted = await afterOneStep({ ...state, optimizer: { ...state.optimizer, weights: sorted } });
  expect(given, 'the order of the optimizer state matters').toEqual(wanted);
}

async function afterOneStep(state: TrainingState): Promise<TrainingState> {
  const model = netOf(state.model);
  const run = await resumeRun({ model, state });
  await trainStep(run);
  const after = await captureState(run);
  disposeRun(run);
  model.dispose();
  return after;
}

/** A run that a state does not fit stays as it was. */
async function expectWhole(file: RealFile, state: TrainingState): Promise<void> {
  const model = netOf(file.state.model);
  const run = await resumeRun({ model, state: file.state });
  if ((await attempt(async () => restoreState(run, state).then(() => true))) === undefined) {
    expect(await captureState(run), 'changed by a state that was refused').toEqual(file.state);
  }
  disposeRun(run);
  model.dispose();
}

function disposeRun({ optimizer, average }: Run): void {
  optimizer.dispose();
  average?.dispose();
}

/** What the work gives, or undefined where it is refused as it should be. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isTapeheadError(error)) throw error;
    expect(error.code).toMatch(/^(checkpoint|argument|range)$/);
    expect(error.message).toMatch(/^[^\p{Cc}]{5,400}$/u);
    return undefined;
  }
}

const single = (parameters: TrainingState['parameters']) =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, values }]) => [
      name,
      [shape, [...values].map(Math.fround)],
    ]),
  );

/**
 * A state without what a resumed run may hold in another form: optimizer state goes by name; float64 becomes float32;
 * options of fresh nets, which older files lack, and
 * defaults are filled in.
 */
function comparable(state: TrainingState, { model: filled = {} }: TrainingState): object {
  const { initialShift, initialWeighting, seed, ...model } = Object.fromEntries<unknown>(
    Object.entries(state.model ?? filled),
  );
  const weights = Object.fromEntries(
    state.optimizer.weights.map(({ name, shape, values }) => [name, [shape, [...values].map(Math.fround)]]),
  );
  return {
    ...state,
    accumulate: state.accumulate ?? 1,
    schedule: state.schedule ?? constant,
    carry: state.carry ?? 'nothing',
    model,
    optimizer: { ...state.optimizer, weights },
    parameters: single(state.parameters),
    average: state.average && { ...state.average, parameters: single(state.average.parameters) },
  };
}
