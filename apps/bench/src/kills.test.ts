import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { useBackend } from '@tapehead/backend';
import { captureState, encodeCheckpoint, type Run, trainStep } from '@tapehead/training';
import { loadCheckpoint } from '@tapehead/training/node';
import { expect, it } from 'vitest';
import { registerKernels } from './backend.js';
import { buildNet, disposeNet, resumedRun } from './net.js';
import { newRun, recipeWith, taskOf } from './recipe.js';
import { program, runProgram, tiny } from './testing/program.js';

/** 100 by `npx pnpm --filter @tapehead/bench kills`. */
const KILLS = Number(process.env.KILLS ?? 8);
/** Sequences that a run is resumed for in this process, beside those in the next process to be killed. */
const RESUMED = 3;
/** Milliseconds after the first sequence at which a kill comes at the latest. */
const LONGEST = 150;

const settings = { width: 2, maxLength: 2, memorySize: 5, memoryDim: 3, controllerSize: 4 };
const folder = mkdtempSync(join(tmpdir(), 'tapehead-'));
const name = 'run.safetensors';
const file = join(folder, name);
const args = ['train', 'copy', ...tiny, '--json', '--checkpoint-every', '1'];

async function hashOf(run: Run): Promise<string> {
  return createHash('sha256')
    .update(encodeCheckpoint(await captureState(run)))
    .digest('hex');
}

/** The hash of the checkpoint of an uninterrupted run after `sequences` sequences. */
function uninterrupted(): (sequences: number) => Promise<string> {
  const task = taskOf('copy', settings);
  const recipe = recipeWith('copy', settings);
  const run = newRun(buildNet(task, recipe, 'auto'), task, recipe);
  const hashes = new Map<number, string>();
  return async (sequences) => {
    while (run.sequences < sequences) {
      await trainStep(run);
      hashes.set(run.sequences, await hashOf(run));
    }
    return hashes.get(sequences) ?? expect.fail(`no checkpoint after ${sequences} sequences`);
  };
}

function temporaries(): string[] {
  return readdirSync(folder).filter((each) => each !== name);
}

/** Trains on from the file, and is killed at a random moment after its first sequence. */
async function killedRun(): Promise<void> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, ...args, '--sequences', '1000000000', '--resume', name],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const exit = once(child, 'exit');
  if (child.stdout !== null) await once(child.stdout, 'data');
  await sleep(Math.random() * LONGEST);
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
}

it(`killed ${KILLS} times at random, every file is complete and every run goes on bit for bit`, {
  timeout: 20_000 + 10_000 * KILLS,
}, async () => {
  const { release } = await useBackend('cpu');
  await registerKernels('auto');
  const expected = uninterrupted();
  const begin = [...args, '--sequences', '1', '--checkpoint', name];
  expect(await runProgram(folder, begin)).toMatchObject({ code: 0 });
  let [last, leftovers] = [1, 0];
  for (let kill = 0; kill < KILLS; kill++) {
    await killedRun();
    leftovers += temporaries().length;
    expect(temporaries().length, 'the start has removed what the kill before has left').toBeLessThanOrEqual(
      1,
    );
    const state = await loadCheckpoint(file);
    expect(state.sequences).toBeGreaterThanOrEqual(last);
    const { net, run } = await resumedRun(state, 'auto');
    expect(await hashOf(run)).toBe(await expected(state.sequences));
    for (let i = 0; i < RESUMED; i++) await trainStep(run);
    expect(await hashOf(run)).toBe(await expected(state.sequences + RESUMED));
    run.optimizer.dispose();
    disposeNet(net);
    last = state.sequences;
  }
  release();
  const next = [...args, '--sequences', String(last + 1), '--resume', name];
  expect(await runProgram(folder, next)).toMatchObject({ code: 0 });
  expect(temporaries()).toEqual([]);
  process.stderr.write(
    `${KILLS} kills over ${last} sequences: ${KILLS} readable files, ${KILLS} bit-exact resumes, ` +
      `${leftovers} kills in the midst of a save, ${temporaries().length} temporary files left\n`,
  );
});
