import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/tapehead.js', import.meta.url));
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const python = process.env.PYTHON ?? '/usr/bin/python3';

function speed(args: string[], env: Record<string, string> = {}) {
  const options = { encoding: 'utf8', env: { ...process.env, ...env } } as const;
  return spawnSync(process.execPath, [program, 'speed', '--seconds', '0.01', ...args], options);
}

function events(stdout: string): Record<string, unknown>[] {
  const lines = stdout.trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

const timing = { median: expect.any(Number), min: expect.any(Number), max: expect.any(Number) };
const times = { trainMs: timing, inferMs: timing };

it.each([
  ['fused', 'wasm', 'feedforward'],
  ['fused', 'cpu', 'lstm'],
  ['reference', 'cpu', 'lstm'],
])(
  'gives one event a batch: engine %s, backend %s, %s',
  (engine, backend, controller) => {
    const size = ['--batch', '1,3', '--length', '1', '--controller', controller];
    const { status, stdout } = speed([...size, '--engine', engine, '--backend', backend, '--json']);
    expect(status).toBe(0);
    expect(events(stdout)).toEqual(
      [1, 3].map((batch) => ({ event: 'speed', backend, engine, batch, steps: 3, threads: 1, ...times })),
    );
  },
  60_000,
);

it.skipIf(availableParallelism() < 2)(
  'shares an iteration among threads, as far as there are sequences',
  () => {
    const size = ['--batch', '1,3', '--length', '1', '--backend', 'cpu'];
    const { stdout } = speed([...size, '--threads', '2', '--json']);
    expect(events(stdout)).toMatchObject([
      { batch: 1, threads: 1 },
      { batch: 3, threads: 2 },
    ]);
    const { status, stderr } = speed([...size, '--threads', '2', '--against', 'torch']);
    expect(status).toBe(2);
    expect(stderr).toContain('--against: expected --threads 1, which is all that torch gets, got 2');
  },
);

it('says what auto comes to, and shows people a table', () => {
  const { stdout } = speed(['--batch', '1', '--length', '1']);
  expect(stdout).toMatch(
    /^batch +program +train ms +min +max +forward ms +min +max\n +1 +tapehead fused, wasm /,
  );
}, 60_000);

it('says how to get torch where there is none: one line, code 1', () => {
  const { status, stderr } = speed(['--against', 'torch'], { PYTHON: '/bin/false' });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^tapehead: --against torch: expected a Python that imports torch, found none \(tried \/bin\/false\); install it .*\n$/,
  );
}, 60_000);

it('says how to get Chromium where there is none: one line, code 1', () => {
  const { status, stderr } = speed(['--against', 'chromium'], { CHROMIUM: '/nowhere/chromium' });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^tapehead: --against chromium: expected Chromium at \/nowhere\/chromium, found none; .*\n$/,
  );
}, 60_000);

/** The event of the opponent, which comes after ours and has its sizes. */
function against(args: string[]) {
  const { status, stdout, stderr } = speed(['--batch', '1', '--json', ...args]);
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  const [own, other] = events(stdout);
  const sizes = { batch: own?.batch, steps: own?.steps, threads: 1 };
  const ratio = { train: expect.any(Number), infer: expect.any(Number) };
  expect(other).toEqual({ event: 'against', program: expect.any(String), ...sizes, ...times, ratio });
  return other;
}

it.skipIf(!hasTorch()).each(['lstm', 'feedforward'])(
  'times PyTorch, %s',
  (controller) => {
    const other = against(['--against', 'torch', '--length', '2', '--controller', controller]);
    expect(other?.program).toMatch(/^torch (eager|script)$/);
  },
  120_000,
);

const netTimes = { trainMs: timing, gradientMs: timing, inferMs: timing };
const kernelTimes = { gradientKernelsMs: timing, inferKernelsMs: timing };
const ratio = { min: expect.any(Number), median: expect.any(Number) };
const ratios = { train: ratio, gradient: ratio, infer: ratio };

it.each([
  ['ntm', 3, 'hand-written kernels', true],
  ['dnc', 3, 'loop', false],
  ['lstm', 5, 'tf.layers.lstm', false],
])(
  'times the net %s by scan, in turns with what it replaces',
  (net, steps, other, hasKernels) => {
    const { status, stdout } = speed(['--net', net, '--batch', '2', '--length', '1', '--json']);
    expect(status).toBe(0);
    const all = events(stdout);
    const compile = { event: 'compile', net, ...counted('compileMs'), ...counted('processorMs') };
    const own = { event: 'net', net, batch: 2, steps, threads: 1, ...netTimes };
    if (net !== 'lstm') expect(all.shift()).toEqual({ ...compile, ...counted('firstGradientMs') });
    expect(all[0]).toEqual({ ...own, program: 'scan', ...kernelTimes });
    expect(all[1]).toEqual(
      hasKernels
        ? {
            ...own,
            program: other,
            ...kernelTimes,
            ratio: { ...ratios, gradientKernels: ratio, inferKernels: ratio },
          }
        : { ...own, program: other, ratio: ratios },
    );
  },
  120_000,
);

/** Milliseconds of each compilation of a net. */
function counted(name: string): Record<string, unknown> {
  return { [name]: [1, 2, 3, 4].map(() => expect.any(Number)) };
}

it('shows people a table of nets, and one of compilations', () => {
  const { stdout } = speed(['--net', 'gru-ntm', '--batch', '1', '--length', '1', '--clock', 'processor']);
  expect(stdout).toMatch(/^ *net +batch +pass +program +least ms +median ms +÷ scan, least +median\n/);
  expect(stdout).toMatch(/\n *gru-ntm +1 +training +loop +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+\n/);
  expect(stdout).toMatch(
    /\n\n *net +compilation +compile ms +processor ms +first gradient ms\n *gru-ntm +1 /,
  );
}, 120_000);

it.skipIf(!hasTorch()).each(['ntm', 'dnc', 'gru-ntm', 'lstm'])(
  'times the net %s in PyTorch',
  (net) => {
    const { stdout } = speed([
      '--net',
      net,
      '--batch',
      '1',
      '--length',
      '1',
      '--clock',
      'processor',
      '--json',
      '--against',
      'torch',
    ]);
    const torch = events(stdout).filter(({ program }) => String(program).startsWith('torch '));
    expect(torch).toEqual(
      ['torch eager', 'torch script'].map((program) =>
        expect.objectContaining({ event: 'net', net, program, ...netTimes, ratio: ratios }),
      ),
    );
  },
  120_000,
);

it.skipIf(!existsSync(chromium))(
  'times Chromium',
  () => {
    const other = against(['--against', 'chromium']);
    expect(other?.program).toMatch(/^Chromium \d/);
  },
  120_000,
);

function hasTorch(): boolean {
  try {
    execFileSync(python, ['-c', 'from torch import nn'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
