import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '@tapehead/training/node';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from './run.js';
import { writeModules } from './testing/modules.js';
import { events } from './testing/program.js';

// The hooks are a file of the built program; own.cli.test.ts has modules that need them.
vi.mock(import('node:module'), async (original) => ({ ...(await original()), register: () => {} }));

const folder = mkdtempSync(join(tmpdir(), 'tapehead-own-'));
const parity = join(folder, 'parity.mjs');
const at = (name: string) => join(folder, name);
const small = '--memory-size 5 --memory-dim 3 --controller-size 4 --backend cpu'.split(' ');

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

function train(module: string, file: string, sequences: number, ...more: string[]) {
  const budget = ['--sequences', String(sequences), '--checkpoint', at(file), '--force', '--json'];
  return tapehead('train', module, ...budget, ...more);
}

const evaluate = (file: string, ...more: string[]) =>
  tapehead('evaluate', '--checkpoint', file, '--sequences', '4', '--backend', 'cpu', '--json', ...more);

beforeAll(() => writeModules(folder));

describe('a task from a module', () => {
  beforeAll(async () => {
    const whole = await train(parity, 'whole.st', 60, ...small, '--set', 'maxBits=6');
    expect(whole.code).toBe(0);
    expect(whole.stderr).toContain(`task parity of ${parity}; net: ntm-lstm`);
  });

  it('is trained, stopped and resumed to the same file as if it had not stopped', async () => {
    const first = ['train', '--task', parity, '--sequences', '40', '--checkpoint', at('part.st'), ...small];
    expect(await tapehead(...first, '--set', 'maxBits=6')).toMatchObject({ code: 0 });
    expect(await train(parity, 'part.st', 60, '--resume', at('part.st'))).toMatchObject({ code: 0 });
    expect(readFileSync(at('part.st')).equals(readFileSync(at('whole.st')))).toBe(true);
  });

  it('is found again by evaluate and draw, which measure it at the sizes that it names', async () => {
    const { code, stdout } = await evaluate(at('whole.st'));
    expect(code).toBe(0);
    expect(events(stdout).map(({ axis, value }) => [axis, value])).toEqual([
      ['bits', 4],
      ['bits', 8],
    ]);
    const drawn = await tapehead(
      ...['draw', '--checkpoint', at('whole.st'), '--out', at('x.svg'), '--backend', 'cpu'],
    );
    expect(drawn.code).toBe(0);
    expect(readFileSync(at('x.svg'), 'utf8')).toContain('Parity');
  });

  it('is learned by a net a seed', async () => {
    const budget = ['--seeds', '1', '--sequences', '20', '--json'];
    const { code, stdout } = await tapehead('seeds', parity, ...small, ...budget);
    expect(code).toBe(0);
    expect(events(stdout)).toMatchObject([{ event: 'seed', model: 'ntm-lstm', seed: 1, sequences: 20 }]);
  });

  it('without axes is measured as it is trained', async () => {
    const code = `import { task as make } from './parity.mjs';\nexport default { ...make(), axes: undefined };\n`;
    writeFileSync(at('flat.mjs'), code);
    expect(await train(at('flat.mjs'), 'flat.st', 10, ...small)).toMatchObject({ code: 0 });
    const { stdout } = await evaluate(at('flat.st'));
    expect(events(stdout)).toMatchObject([{ axis: 'as trained', value: 1 }]);
  });

  it.each([
    [['--resume', at('whole.st'), '--set', 'maxBits=4'], '--set maxBits=4 (the checkpoint has 6)'],
    [['--set', 'bits=3'], '--set bits: parity has no such setting; it has minBits, maxBits'],
    [['--max-length', '3'], '--max-length: parity has no such setting'],
    [['--model', 'own'], "--model own: expected the path of a module that exports a 'model'"],
    [['--task', parity], '--task: expected no other task than'],
  ])('takes no %j', async (flags, line) => {
    const { code, stderr } = await train(parity, 'no.st', 60, ...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(line);
  });
});

describe('a checkpoint of a module', () => {
  const noted = at('runs/noted.st');

  beforeAll(async () => {
    mkdirSync(at('runs'));
    expect(await train(parity, 'runs/noted.st', 10, ...small)).toMatchObject({ code: 0 });
  });

  it('names it from its own folder, so that both can move together', async () => {
    const { notes } = await loadCheckpoint(noted);
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect(notes).toEqual({ module: '../parity.mjs', digest, model: false });
    mkdirSync(at('moved/runs'), { recursive: true });
    cpSync(parity, at('moved/parity.mjs'));
    cpSync(noted, at('moved/runs/noted.st'));
    expect(await evaluate(at('moved/runs/noted.st'))).toMatchObject({ code: 0 });
  });

  it('says what to pass where the module is not there, and takes it', async () => {
    mkdirSync(at('alone/runs'), { recursive: true });
    cpSync(noted, at('alone/runs/noted.st'));
    const { code, stderr } = await evaluate(at('alone/runs/noted.st'));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /its task is from a module that was .*alone\/parity\.mjs, which is not there; pass --task FILE/,
    );
    expect(await evaluate(at('alone/runs/noted.st'), '--task', parity)).toMatchObject({ code: 0 });
  });

  it('runs no module that has changed, unless it is named', async () => {
    mkdirSync(at('changed/runs'), { recursive: true });
    cpSync(noted, at('changed/runs/noted.st'));
    cpSync(parity, at('changed/parity.mjs'));
    appendFileSync(at('changed/parity.mjs'), 'globalThis.changedModule = true;\n');
    const refused = await evaluate(at('changed/runs/noted.st'));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/has changed since; pass --task .*changed\/parity\.mjs to take it/);
    expect(globalThis).not.toHaveProperty('changedModule');
    const taken = await evaluate(at('changed/runs/noted.st'), '--task', at('changed/parity.mjs'));
    expect(taken.code).toBe(0);
    expect(taken.stderr).toContain('is not as it was when');
  });

  it('is not measured on another task', async () => {
    writeFileSync(at('other.mjs'), readFileSync(parity, 'utf8').replace("'parity'", "'other'"));
    const { code, stderr } = await evaluate(noted, '--task', at('other.mjs'));
    expect(code).toBe(1);
    expect(stderr).toMatch(/it was trained on the task 'parity', .*other\.mjs exports 'other'/);
  });
});

it('a module that is none, or is not there, is wrong usage', async () => {
  expect(await train(at('x.json'), 'x.st', 1)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('expected a module that ends in .js, .mjs, .ts, .mts'),
  });
  expect(await train(at('nowhere.js'), 'x.st', 1)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('but there is no such file'),
  });
});
