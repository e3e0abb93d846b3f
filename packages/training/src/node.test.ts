import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTapeheadError } from '@tapehead/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadCheckpoint, saveCheckpoint } from './node.js';
import type { TrainingState } from './state.js';

/** `size` parameters, all of them equal to `step`. */
function stateOf(step: number, size = 10): TrainingState {
  return {
    model: undefined,
    task: { name: 'copy', settings: {} },
    parameters: { kernel: { shape: [size], values: new Float32Array(size).fill(step) } },
    optimizer: { className: 'ExactAdam', config: {}, weights: [] },
    batchSize: 1,
    clip: 'none',
    objective: 'mean',
    step,
    sequences: step,
    random: [1, 2, 3, 4],
    costs: new Float64Array(1000),
  };
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapehead-'));
});
afterEach(() => rm(folder, { recursive: true }));

const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

test('what is saved is loaded, over an older file too, and nothing else lies beside it', async () => {
  const path = join(folder, 'run.safetensors');
  await saveCheckpoint(path, stateOf(1));
  await saveCheckpoint(path, stateOf(2));
  expect(await loadCheckpoint(path)).toEqual(stateOf(2));
  expect(await readdir(folder)).toEqual(['run.safetensors']);
});

test('saves at the same time leave one whole file', async () => {
  const path = join(folder, 'run.safetensors');
  await Promise.all(Array.from({ length: 8 }, (_, i) => saveCheckpoint(path, stateOf(i, 50_000))));
  const { step, parameters } = await loadCheckpoint(path);
  expect(new Set(parameters.kernel?.values)).toEqual(new Set([step]));
});

test('a save that fails says why and leaves nothing behind', async () => {
  const missing = await failure(saveCheckpoint(join(folder, 'no', 'run.safetensors'), stateOf(1)));
  expect(isTapeheadError(missing) && missing.code).toBe('checkpoint');
  expect(String(missing)).toContain('no/run.safetensors cannot be written: ENOENT');
  const taken = join(folder, 'taken');
  await mkdir(taken);
  expect(String(await failure(saveCheckpoint(taken, stateOf(1))))).toContain('taken cannot be written:');
  expect(await readdir(folder)).toEqual(['taken']);
});

test('a file that is missing, cut or foreign is named, with what is wrong', async () => {
  const path = join(folder, 'run.safetensors');
  const load = async () => {
    const error = await failure(loadCheckpoint(path));
    return isTapeheadError(error) && error.code === 'checkpoint' ? error.message : expect.fail(String(error));
  };
  expect(await load()).toContain(`checkpoint ${path} cannot be read: ENOENT`);
  await saveCheckpoint(path, stateOf(1));
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length - 9));
  expect(await load()).toContain('cannot be read: it is truncated');
  await writeFile(path, 'step,loss\n1,0.5\n');
  expect(await load()).toContain('cannot be read: it is no safetensors file');
});

/** Saves without end: states whose parameters all equal their step. */
const saver = `
  import { loadCheckpoint, saveCheckpoint } from '@tapehead/training/node';
  const [path] = process.argv.slice(1);
  const state = await loadCheckpoint(path);
  for (let step = state.step + 1; ; step++) {
    state.parameters.kernel.values.fill(step);
    await saveCheckpoint(path, { ...state, step, sequences: step });
    if (step === state.step + 1) console.log('saving');
  }
`;

test('killed at any moment of saving, the file is a whole one', { timeout: 60_000 }, async () => {
  const path = join(folder, 'run.safetensors');
  await saveCheckpoint(path, stateOf(1, 250_000));
  let last = 1;
  for (let round = 0; round < 20; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', saver, path], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await sleep(round * 1.7);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { step, parameters } = await loadCheckpoint(path);
    expect(step).toBeGreaterThan(last);
    expect(new Set(parameters.kernel?.values)).toEqual(new Set([step]));
    last = step;
  }
  const leftovers = (await readdir(folder)).filter((name) => name.endsWith('.tmp'));
  expect(leftovers.length, 'no kill came in the midst of a save').toBeGreaterThan(0);
});
