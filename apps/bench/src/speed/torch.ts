import { execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { folder } from '../folder.js';
import type { NetWork } from './compare.js';
import type { Contestant } from './contest.js';
import type { NetPass } from './inProcess.js';
import type { Opponent } from './opponent.js';

const program = fileURLToPath(new URL('python/speed.py', folder));
/**
 * One thread, of each library that torch may compute with. And large blocks stay with malloc: glibc gives them back to the
 * system after each iteration otherwise, which makes torch up to four times slower at batch 64.
 */
const environment = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  MALLOC_MMAP_THRESHOLD_: String(2 ** 25),
  MALLOC_TRIM_THRESHOLD_: String(2 ** 33),
};

/**
 * The same network in PyTorch: as it is, and compiled by TorchScript.
 * @throws Error that says how to get it, where no Python has torch
 */
export async function torch(): Promise<Opponent> {
  const python = await pythonWithTorch();
  return {
    enter: async ({ controller, batch, length }) => {
      const work = { net: 'ntm', controller, batch, length, clock: 'wall' } as const;
      return [start(python, work, 'eager'), start(python, work, 'script')];
    },
    async close() {},
  };
}

/**
 * A net in PyTorch, as it is and compiled by TorchScript; of an LSTM the first is `nn.LSTM`.
 * @throws Error that says how to get it, where no Python has torch
 */
export async function torchNets(): Promise<(work: NetWork) => Contestant<NetPass>[]> {
  const python = await pythonWithTorch();
  return (work) => [start(python, work, 'eager'), start(python, work, 'script')];
}

const passes: ReadonlySet<NetPass> = new Set(['train', 'gradient', 'infer']);

async function pythonWithTorch(): Promise<string> {
  const { PYTHON } = process.env;
  const candidates = PYTHON ? [PYTHON] : ['python3', '/usr/bin/python3'];
  for (const python of candidates) {
    const found = await promisify(execFile)(python, ['-c', 'from torch import nn']).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  throw new Error(
    `--against torch: expected a Python that imports torch, found none (tried ${candidates.join(', ')}); ` +
      'install it (Debian: apt install python3-torch libopenblas0-pthread; elsewhere: pip install torch), ' +
      'or name the Python that has it: PYTHON=/path/to/python',
  );
}

function start(python: string, work: NetWork, mode: 'eager' | 'script'): Contestant<NetPass> {
  const { net, controller, batch, length, clock } = work;
  const flags = { net, controller, batch, length, clock };
  const size = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(python, ['-B', program, ...size, ...(mode === 'script' ? ['--script'] : [])], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // One that has died has told why, and has no line to give.
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name: `torch ${mode}`,
    async times(pass, { seconds, least }) {
      if (!passes.has(pass)) return [];
      child.stdin.write(`${pass} ${seconds} ${least}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(`--against torch: ${program} ended before its time; it says why above`);
      return JSON.parse(line.value);
    },
    async end() {
      child.stdin.end();
      await ended;
    },
  };
}
