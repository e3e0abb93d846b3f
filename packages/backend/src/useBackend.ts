import { checkOneOf, TapeheadError } from '@tapehead/core';
import { engine, findBackendFactory, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { cpu } from './cpu.js';
import { registerGradients } from './gradients.js';
import { Missing } from './missing.js';
import { checkBackendOptions } from './options.js';
import { settled } from './settled.js';
import { createTurns } from './turns.js';
import type { BackendChoice, BackendName, BackendOptions, Candidate, ChosenBackend } from './types.js';
import { wasm } from './wasm.js';
import { webgl } from './webgl.js';
import { webgpu } from './webgpu.js';

const candidates: Record<BackendName, Candidate> = { webgpu, wasm, cpu, webgl };
const automatic = ['wasm', 'cpu'] as const;
/** A GPU takes a sequence as it takes hundreds, and for a few of them no less time than a CPU. */
const BATCH_FOR_GPU = 64;

/**
 * Makes tfjs run on a backend, in Node or a browser, and says which and why. Only the backend that is chosen is
 * imported. The gradients of all tfjs ops are registered too (in Node, tfjs-core alone has none).
 *
 * `'auto'` takes wasm and, where that fails, cpu. For batches of 64 and more (`options.batch`) it looks for a GPU first,
 * and takes a real one; software that plays a GPU is slower than wasm, and is only had by its name.
 *
 * `'webgl'`, which tfjs takes by default in browsers, is started where the page has imported it.
 *
 * Calls take turns, in their order: each resolves or fails by its own choice, and tfjs ends on that of the last one that
 * resolves.
 *
 * Importing `@tensorflow/tfjs-backend-wasm` makes it tfjs's first choice without starting it, so that every op throws
 * until this has resolved: await it before the first tensor.
 *
 * @throws TapeheadError `argument` for an unknown name or option; `range` for a batch that is no positive integer;
 * `backend` where what was asked for is not there, with what to do about it. tfjs then runs on what it ran on before,
 * and a later call may succeed.
 */
export async function useBackend(
  choice: BackendChoice = 'auto',
  options: BackendOptions = {},
): Promise<ChosenBackend> {
  checkOneOf('backend', choice, ['auto', 'webgpu', 'wasm', 'cpu', 'webgl']);
  checkBackendOptions(options);
  return inTurn(() => choose(choice, options));
}

/** tfjs has one backend: of two starts at once, it may report one and run on the other. */
const inTurn = createTurns();

async function choose(choice: BackendChoice, options: BackendOptions): Promise<ChosenBackend> {
  const { batch = 1 } = options;
  const names = batch >= BATCH_FOR_GPU ? (['webgpu', ...automatic] as const) : automatic;
  await settled();
  const chosen = choice === 'auto' ? await firstOf(names, options) : await start(choice, options, 'named');
  await registerGradients();
  return chosen;
}

async function firstOf(names: readonly BackendName[], options: BackendOptions): Promise<ChosenBackend> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      const chosen = await start(name, options, 'auto');
      return { ...chosen, reason: [chosen.reason, ...failures].join('; ') };
    } catch (error) {
      failures.push(messageOf(error));
    }
  }
  throw new TapeheadError('backend', failures.join('; '));
}

async function start(
  name: BackendName,
  options: BackendOptions,
  asked: 'named' | 'auto',
): Promise<ChosenBackend> {
  const { merit: usual, prepare, remedy } = candidates[name];
  const before: string | undefined = engine().backendName;
  try {
    const { release, merit = usual } = await prepare(options, asked);
    if (!(await activate(name, before))) {
      release();
      throw new Error('tfjs could not start it');
    }
    return { backend: name, reason: `${name}: ${merit}`, release };
  } catch (cause) {
    const advice = cause instanceof Missing ? cause.remedy : remedy();
    throw new TapeheadError('backend', `backend '${name}' is not there: ${messageOf(cause)} (${advice})`, {
      cause,
    });
  }
}

/** `setBackend` resolves false, rather than throwing, and leaves a broken backend set: goes back to the last one. */
async function activate(name: BackendName, before: string | undefined): Promise<boolean> {
  if (await setBackend(name)) return true;
  removeBackend(name);
  if (before != null && findBackendFactory(before) != null) await setBackend(before);
  return false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
