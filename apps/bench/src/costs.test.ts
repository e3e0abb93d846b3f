import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Episode } from '@tapehead/tasks';
import { loadCheckpoint } from '@tapehead/training/node';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run } from './run.js';
import { events } from './testing/program.js';
import { wrongClasses } from './wrongClasses.js';

// The hooks are a file of the built program; own.cli.test.ts has modules that need them.
vi.mock(import('node:module'), async (original) => ({ ...(await original()), register: () => {} }));

const folder = mkdtempSync(join(tmpdir(), 'tapehead-costs-'));
const at = (name: string) => join(folder, name);
const example = (name: string) =>
  fileURLToPath(new URL(`../../../examples/tasks/${name}.js`, import.meta.url));
const small = '--memory-size 5 --memory-dim 3 --controller-size 4 --backend cpu --batch 4'.split(' ');

/** Runs the command line in this process. */
async function tapehead(...args: string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const into = (texts: string[]) => (text: string | Uint8Array) => texts.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(into(stdout));
  vi.spyOn(process.stderr, 'write').mockImplementation(into(stderr));
  const code = await run(args);
  vi.restoreAllMocks();
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}

afterEach(() => vi.restoreAllMocks());

const train = (module: string, file: string, ...more: string[]) =>
  tapehead(
    'train',
    module,
    '--sequences',
    '40',
    '--checkpoint',
    at(file),
    '--force',
    '--json',
    ...small,
    ...more,
  );

const evaluate = (file: string) =>
  tapehead('evaluate', '--checkpoint', at(file), '--sequences', '4', '--backend', 'cpu', '--json');

describe('a task of numbers', () => {
  it('is trained, resumed, measured and drawn in its unit, by a net whose output fits', async () => {
    const { code, stdout, stderr } = await train(example('running-mean'), 'numbers.st');
    expect(code).toBe(0);
    expect(events(stdout).at(-1)).toEqual({
      event: 'done',
      solved: null,
      sequences: 40,
      seconds: expect.any(Number),
      cost: expect.any(Number),
      unit: 'squared error',
      checkpoint: at('numbers.st'),
    });
    expect(stderr).toMatch(/40 sequences {3}[\d.e-]+ squared error/);
    expect(stderr).not.toMatch(/\bbits\b/);
    const { model, cost } = await loadCheckpoint(at('numbers.st'));
    expect(model).toMatchObject({ outputActivation: 'linear' });
    expect(cost).toEqual({ name: 'mean-squared-error', unit: 'squared error' });
    const resumed = await train(example('running-mean'), 'numbers.st', '--resume', at('numbers.st'));
    expect(resumed.code).toBe(0);
    const [first = {}] = events((await evaluate('numbers.st')).stdout);
    expect(Object.keys(first)).toEqual(['event', 'axis', 'value', 'cost', 'unit']);
    const out = ['--out', at('numbers.svg'), '--backend', 'cpu'];
    expect(await tapehead('draw', '--checkpoint', at('numbers.st'), ...out)).toMatchObject({ code: 0 });
    expect(readFileSync(at('numbers.svg'), 'utf8')).toContain('squared error');
  });

  it('is solved only where the threshold is given', async () => {
    const { code, stderr } = await train(example('running-mean'), 'no.st', '--until-solved');
    expect(code).toBe(2);
    expect(stderr).toContain(
      'the cost mean-squared-error has no threshold of its own; pass --solved-below, in squared error',
    );
    const solved = ['--until-solved', '--solved-below', '1e9', '--sequences', '2000'];
    const { stdout } = await train(example('running-mean'), 'solved.st', ...solved);
    expect(events(stdout).at(-1)).toMatchObject({ event: 'done', solved: true, sequences: 1000 });
  });

  it.each([
    [
      ['--cost', 'sigmoid-cross-entropy'],
      "takes targets that are bits, those of task 'running-mean' are numbers",
    ],
    [
      ['--output-activation', 'softmax'],
      "fits a net whose outputActivation is 'linear' or 'tanh' or 'sigmoid'",
    ],
    [['--cost', 'own'], "--cost own: expected the path of a module that exports a 'cost'"],
  ])('takes no %j', async (flags, line) => {
    const { code, stderr } = await train(example('running-mean'), 'no.st', ...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(line);
  });

  it('is compared between seeds', async () => {
    const seeds = ['--seeds', '1', '--sequences', '20', '--json', ...small];
    const { stdout } = await tapehead('seeds', example('running-mean'), ...seeds);
    expect(events(stdout)).toEqual([
      expect.objectContaining({
        seed: 1,
        unit: 'squared error',
        testedCost: expect.any(Number),
        lostAfter: null,
      }),
    ]);
    expect(events(stdout)[0]).not.toHaveProperty('bits');
  });
});

describe('a task of classes', () => {
  it('is measured in wrong classes', async () => {
    expect((await train(example('which-symbol'), 'classes.st')).code).toBe(0);
    const { model } = await loadCheckpoint(at('classes.st'));
    expect(model).toMatchObject({ outputActivation: 'softmax' });
    const [first] = events((await evaluate('classes.st')).stdout);
    expect(first).toMatchObject({ unit: 'bits per step', wrongClasses: expect.any(Number) });
    expect(first?.wrongClassFraction).toBe(Number(first?.wrongClasses) / 4);
  });

  it('counts a scored step whose likeliest class is another', () => {
    const part = { inputSize: 1, outputSize: 2, view: { title: '', inputChannels: [], outputChannels: [] } };
    const episode = (steps: number, target: number[], mask: number[]): Episode => ({
      ...part,
      steps,
      input: new Float32Array(steps),
      target: Float32Array.from(target),
      mask: Float32Array.from(mask),
    });
    const episodes = [episode(1, [1, 0], [1]), episode(2, [0, 0, 0, 1], [0, 1])];
    const right = [3, -1, /* padding */ 9, 9, /* not scored */ 5, 0, -2, -1];
    expect(wrongClasses(right, episodes)).toEqual({ wrong: 0, scored: 2 });
    expect(wrongClasses([-1, 3, 9, 9, 5, 0, 0, -1], episodes)).toEqual({ wrong: 2, scored: 2 });
  });
});

describe('a cost of a module', () => {
  const absolute = `import { task } from '${example('running-mean')}';
import * as tf from '@tensorflow/tfjs-core';
const cost = {
  name: 'absolute', unit: 'absolute error', takes: 'output', targets: 'numbers', over: 'steps', solvedBelow: 0.01,
  of: (output, target, mask) =>
    tf.div(tf.sum(tf.mul(tf.abs(tf.sub(output, target)), tf.expandDims(mask, 2))), tf.sum(mask)),
};
export default { task, cost };
`;

  it('is what a net is trained and measured by', async () => {
    writeFileSync(
      at('absolute.mjs'),
      absolute.replace('@tensorflow/tfjs-core', import.meta.resolve('@tensorflow/tfjs-core')),
    );
    const { code, stdout } = await train(at('absolute.mjs'), 'own.st');
    expect(code).toBe(0);
    expect(events(stdout).at(-1)).toMatchObject({ solved: false, unit: 'absolute error' });
    expect((await train(at('absolute.mjs'), 'own.st', '--resume', at('own.st'), '--cost', 'own')).code).toBe(
      0,
    );
    const [first] = events((await evaluate('own.st')).stdout);
    expect(first).toMatchObject({ unit: 'absolute error', cost: expect.any(Number) });
  });
});

it('a module exports a cost, or the name of one', async () => {
  writeFileSync(
    at('three.mjs'),
    `export { task } from '${example('running-mean')}';\nexport const cost = 'squares';\n`,
  );
  const { code, stderr } = await train(at('three.mjs'), 'no.st');
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /three\.mjs, export 'cost': expected a cost of customCost\(.*mean-squared-error, got 'squares'/,
  );
});
