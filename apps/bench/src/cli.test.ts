import type { ChildProcess } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCheckpoint } from '@tapehead/training/node';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Ended, events, runProgram, tiny } from './testing/program.js';
import { hasTerminal, runOnTerminal } from './testing/terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'tapehead-'));

function tapehead(args: string[], during?: (child: ChildProcess) => void): Promise<Ended> {
  return runProgram(folder, args, during);
}

function train(file: string, sequences: number, ...more: string[]): string[] {
  return [
    'train',
    'copy',
    ...tiny,
    '--sequences',
    String(sequences),
    '--checkpoint',
    file,
    '--checkpoint-every',
    '1000000',
    '--json',
    ...more,
  ];
}

const whole = 'whole.safetensors';
let wholeRun: Ended;
beforeAll(async () => {
  wholeRun = await tapehead(train(whole, 120));
}, 60_000);

describe('train', () => {
  it('writes only events to stdout with --json, progress first, then what came out', () => {
    expect(wholeRun.code).toBe(0);
    const all = events(wholeRun.stdout);
    const done = all.pop();
    expect(done).toEqual({
      event: 'done',
      solved: false,
      sequences: 120,
      seconds: expect.any(Number),
      bits: expect.any(Number),
      cost: done?.bits,
      unit: 'bits',
      checkpoint: whole,
    });
    expect(all.length).toBeGreaterThan(0);
    for (const event of all) {
      expect(event).toEqual({
        event: 'progress',
        sequences: expect.any(Number),
        bits: expect.any(Number),
        cost: event.bits,
        unit: 'bits',
        sequencesPerSecond: expect.any(Number),
        gradientNorm: expect.any(Number),
      });
    }
    expect(all.at(-1)).toMatchObject({ sequences: 120 });
    expect(wholeRun.stderr).toContain('backend cpu');
    expect(wholeRun.stderr).not.toContain('Hi, looks like');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)(
    'interrupted by %s, saves and ends with 130; resumed, gives the same file as never stopped',
    async (signal) => {
      const [file, straight] = [`${signal}.safetensors`, `straight-${signal}.safetensors`];
      const first = await tapehead(train(file, 1e9), (child) => child.kill(signal));
      expect(first.code).toBe(130);
      const [stopped] = events(first.stdout).slice(-1);
      const sequences = Number(stopped?.sequences) + 15;
      expect(await tapehead(train(file, sequences, '--resume', file))).toMatchObject({ code: 0 });
      expect(await tapehead(train(straight, sequences))).toMatchObject({ code: 0 });
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(folder, straight)))).toBe(true);
    },
    60_000,
  );

  it('stops and saves when nobody reads its events any more', async () => {
    const file = 'unread.safetensors';
    const { code, stderr } = await tapehead(train(file, 1e9), (child) => child.stdout?.destroy());
    expect(code).toBe(130);
    expect(stderr).not.toContain('EPIPE');
    expect(readFileSync(join(folder, file)).length).toBeGreaterThan(0);
  }, 60_000);

  it('on two threads, learns what one does, and goes on with any number of them', async () => {
    const cores = availableParallelism();
    const threads = ['--batch', '4', '--threads', String(Math.min(2, cores))];
    const alone = ['--batch', '4'];
    const [one, two] = ['one.safetensors', 'two.safetensors'];
    expect(await tapehead(train(one, 80, ...alone))).toMatchObject({ code: 0 });
    expect(await tapehead(train(two, 40, ...threads))).toMatchObject({ code: 0 });
    expect(await tapehead(train(two, 60, ...threads, '--resume', two))).toMatchObject({ code: 0 });
    expect(await tapehead(train(two, 80, '--resume', two))).toMatchObject({ code: 0 });
    const [wanted, got] = await Promise.all([one, two].map((file) => loadCheckpoint(join(folder, file))));
    for (const [name, { values }] of Object.entries(wanted?.parameters ?? {})) {
      const largest = Math.max(...Array.from(values, Math.abs));
      got?.parameters[name]?.values.forEach((value, i) => {
        expect(Math.abs(value - (values[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-5 * largest);
      });
    }
    expect(got?.random).toEqual(wanted?.random);
  }, 60_000);

  it('interrupted on two threads, it ends all the same', async () => {
    const file = 'stopped.safetensors';
    const threads = ['--batch', '4', '--threads', String(Math.min(2, availableParallelism()))];
    const { code } = await tapehead(train(file, 1e9, ...threads), (child) => child.kill('SIGINT'));
    expect(code).toBe(130);
    expect(readFileSync(join(folder, file)).length).toBeGreaterThan(0);
  }, 60_000);

  it('takes no more threads than there are cores, and none on a GPU', async () => {
    const cores = availableParallelism();
    const many = await tapehead(['train', 'copy', '--threads', String(cores + 1)]);
    expect(many).toMatchObject({ code: 2 });
    expect(many.stderr).toContain(`'${cores + 1}' is invalid. Expected an integer from 1 to ${cores}.`);
    if (cores === 1) return;
    const gpu = await tapehead(['train', 'copy', '--threads', '2', '--backend', 'webgpu']);
    expect(gpu.stderr).toContain('--threads: expected 1 with --backend webgpu, got 2');
  });

  it('replaces no checkpoint unless it is told to, and says so before it does anything', async () => {
    const [kept, link] = ['kept.safetensors', 'link.safetensors'];
    const bytes = readFileSync(join(folder, whole));
    writeFileSync(join(folder, kept), bytes);
    symlinkSync(kept, join(folder, link));
    for (const more of [[], ['--resume', whole]]) {
      for (const file of [kept, link]) {
        expect(await tapehead(train(file, 5, ...more))).toEqual({
          code: 2,
          stdout: '',
          stderr:
            `tapehead: --checkpoint: ${file} exists already; go on with its run by --resume ${file}, ` +
            'replace it by --force, or name another file\n',
        });
      }
    }
    expect(readFileSync(join(folder, kept)).equals(bytes)).toBe(true);
    expect(await tapehead(train(kept, 125, '--resume', link))).toMatchObject({ code: 0 });
    expect((await loadCheckpoint(join(folder, kept))).sequences).toBe(125);
    expect(await tapehead(train(link, 5, '--force'))).toMatchObject({ code: 0 });
    expect((await loadCheckpoint(join(folder, kept))).sequences).toBe(5);
    expect(lstatSync(join(folder, link)).isSymbolicLink()).toBe(true);
  }, 60_000);

  it('refuses flags that are not those of the resumed run, naming them', async () => {
    const { code, stderr } = await tapehead([
      ...['train', 'copy', '--resume', whole, '--memory-size', '6', '--memory-dim', '3', '--clip', 'value:1'],
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      '--memory-size 6 (the checkpoint has 5), --clip value:1 (the checkpoint has value:10)',
    );
    expect(stderr).not.toContain('--memory-dim');
  });
});

describe.skipIf(!hasTerminal)('train on a terminal (needs script of util-linux)', () => {
  it.each([0, 1, 40, 60, 80, 65_535])(
    'of %i columns, trains to the end',
    async (columns) => {
      const args = train(`${columns}-columns.safetensors`, 40).filter((arg) => arg !== '--json');
      const { code, shown } = await runOnTerminal(folder, columns, args);
      expect(code).toBe(0);
      expect(shown).toContain('40 sequences');
      expect(shown.length).toBeLessThan(20_000);
    },
    30_000,
  );

  it('saves when the terminal is closed', async () => {
    const file = 'hung-up.safetensors';
    const args = train(file, 1e9).filter((arg) => arg !== '--json');
    const closed = { once: /sequences/, act: (terminal: ChildProcess) => terminal.kill('SIGKILL') };
    await runOnTerminal(folder, 80, args, closed);
    await vi.waitUntil(() => existsSync(join(folder, file)), { timeout: 50_000 });
    expect((await loadCheckpoint(join(folder, file))).sequences).toBeGreaterThan(0);
  }, 60_000);
});

describe('evaluate', () => {
  const results = (...lengths: number[]) => [
    'evaluate',
    '--checkpoint',
    whole,
    '--lengths',
    lengths.join(','),
    '--sequences',
    '6',
    '--backend',
    'cpu',
  ];

  it('gives one result for each length, the same whatever other lengths are asked for', async () => {
    const { code, stdout } = await tapehead([...results(3, 200), '--json']);
    expect(code).toBe(0);
    const both = events(stdout);
    expect(both).toEqual(
      [3, 200].map((length) => ({
        event: 'result',
        axis: 'length',
        value: length,
        bitsPerSequence: expect.any(Number),
        cost: expect.any(Number),
        unit: 'bits',
        wrongBits: expect.any(Number),
        wrongBitFraction: expect.any(Number),
      })),
    );
    for (const { value, wrongBits, wrongBitFraction } of both) {
      expect(wrongBitFraction).toBeCloseTo(Number(wrongBits) / (6 * 2 * Number(value)), 12);
    }
    const alone = await tapehead([...results(3), '--json']);
    expect(events(alone.stdout)).toEqual(both.slice(0, 1));
  }, 60_000);

  it('takes sizes by the name of what grows, and says what does', async () => {
    const evaluate = (...at: string[]) =>
      tapehead(['evaluate', '--checkpoint', whole, '--backend', 'cpu', '--json', ...at]);
    const named = await evaluate('--at', 'length=3', '--at', 'length=4,5', '--sequences', '6');
    expect(events(named.stdout).map(({ value }) => value)).toEqual([3, 4, 5]);
    expect(events(named.stdout)[0]).toEqual(events((await tapehead([...results(3), '--json'])).stdout)[0]);
    const { code, stderr } = await evaluate('--at', 'items=3');
    expect(code).toBe(2);
    expect(stderr).toContain("axis: copy grows in 'length', got 'items'");
  });

  it('takes a larger tape: with ten times the rows a net for copy goes on where it came to the end', async () => {
    const trained = fileURLToPath(new URL('../../playground/checkpoints/copy.safetensors', import.meta.url));
    const wrongAt = async (...rows: string[]) => {
      const { code, stdout } = await tapehead([
        ...['evaluate', '--checkpoint', trained, '--lengths', '200', '--sequences', '2', '--json', ...rows],
      ]);
      expect(code).toBe(0);
      return events(stdout).map(({ wrongBits }) => Number(wrongBits));
    };
    expect(await wrongAt('--memory-size', '1280')).toEqual([0]);
    expect((await wrongAt())[0]).toBeGreaterThan(1000);
    const fewer = await tapehead(['evaluate', '--checkpoint', trained, '--memory-size', '64']);
    expect([fewer.code, fewer.stderr]).toEqual([
      2,
      expect.stringContaining('memorySize: expected an integer of at least 128, got 64'),
    ]);
  }, 60_000);

  it('shows people a table', async () => {
    const { stdout } = await tapehead(results(3));
    expect(stdout.split('\n')[0]).toMatch(/length +sequences +bits per sequence +wrong bits +of all/);
  });

  it.each([
    ['cut short', () => truncateSync(join(folder, 'broken'), 400)],
    ['foreign', () => writeFileSync(join(folder, 'broken'), 'not a checkpoint at all')],
  ])('says in one line that a checkpoint is %s', async (_, damage) => {
    writeFileSync(join(folder, 'broken'), readFileSync(join(folder, whole)));
    damage();
    const { code, stderr } = await tapehead(['evaluate', '--checkpoint', 'broken', '--backend', 'cpu']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^tapehead: checkpoint broken cannot be read: .*\n$/);
  });
});

describe('draw', () => {
  it('draws an SVG and a PNG', async () => {
    for (const [file, start] of [
      ['x.svg', '<svg'],
      ['x.png', '\x89PNG'],
    ] as const) {
      const { code } = await tapehead([
        'draw',
        '--checkpoint',
        whole,
        '--length',
        '2',
        '--out',
        file,
        '--backend',
        'cpu',
      ]);
      expect(code).toBe(0);
      expect(readFileSync(join(folder, file), 'latin1').slice(0, 4)).toBe(start);
    }
  });
});

describe('start', () => {
  it('stops at its time, shows what was copied, and says where it saved what', async () => {
    const { code, stdout, stderr } = await tapehead(['start', '--minutes', '0.01']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Training a Neural Turing Machine .* until it is solved but at most 0\.6 s\./);
    expect(stderr).toMatch(/Not solved yet: the time is used up, after \d+ sequences/);
    for (const length of [10, 20, 40, 120]) {
      expect(stdout).toMatch(
        new RegExp(`copy: ${length} vectors of 8 bits +\\d+ of ${8 * length} bits wrong`),
      );
      expect(stdout).toMatch(new RegExp(`^ *${length} +20 +\\d`, 'm'));
    }
    for (const label of ['checkpoint', 'picture of its memory']) {
      const [, file = ''] = stdout.match(new RegExp(`^${label}: (.*)$`, 'm')) ?? [];
      expect(readFileSync(join(folder, file)).length).toBeGreaterThan(1000);
    }
  }, 120_000);
});

describe('seeds', () => {
  it('tells a line a seed, in order, each as train leaves that seed', async () => {
    const flags = [...tiny, '--sequences', '120', '--seeds', '2', '--length', '3', '--json'];
    const { code, stdout } = await tapehead(['seeds', 'copy', ...flags]);
    const lines = events(stdout);
    expect(code).toBe(0);
    expect(lines.map(({ event, seed, sequences }) => [event, seed, sequences])).toEqual([
      ['seed', 1, 120],
      ['seed', 2, 120],
    ]);
    const done = events(wholeRun.stdout).find(({ event }) => event === 'done');
    expect(lines[0]).toMatchObject({
      bits: done?.bits,
      solvedAfter: null,
      worstBitsAfter: null,
      lostAfter: null,
    });
  });
});
