import type { ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Ended, events, runProgram, tiny } from './testing/program.js';

const folder = mkdtempSync(join(tmpdir(), 'tapehead-'));
const SEQUENCES = 800;
const runs = ['copy-lstm-seed1', 'copy-ntm-lstm-seed1'];

function reproduce(out: string, more: string[], during?: (child: ChildProcess) => void): Promise<Ended> {
  return runProgram(folder, ['reproduce', '--out', out, '--json', '--backend', 'cpu', ...more], during);
}

/** Two small nets. */
function begin(out: string, more: string[] = [], during?: (child: ChildProcess) => void): Promise<Ended> {
  const nets = ['copy', '--model', 'ntm-lstm,lstm', '--seeds', '1', '--layers', '1', ...tiny];
  return reproduce(out, [...nets, '--sequences', String(SEQUENCES), ...more], during);
}

function file(out: string, run: string, name: string): string {
  return join(folder, out, 'runs', run, name);
}

function sequencesOf(out: string, run: string): number {
  const path = file(out, run, 'progress.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).sequences : 0;
}

/** Sends a signal as soon as every run has saved some of its work. */
function once(out: string, signal: NodeJS.Signals): (child: ChildProcess) => void {
  return (child) => {
    const timer = setInterval(() => {
      if (child.exitCode === null && runs.some((run) => sequencesOf(out, run) === 0)) return;
      clearInterval(timer);
      child.kill(signal);
    }, 10);
  };
}

/** What training left, but for how long it took. */
function learned(out: string, run: string) {
  const curve = readFileSync(file(out, run, 'curve.jsonl'), 'utf8').replaceAll(/,"seconds":[^}]*/g, '');
  return {
    curve,
    evaluation: readFileSync(file(out, run, 'evaluation.json'), 'utf8'),
    checkpoint: readFileSync(file(out, run, 'checkpoint.safetensors')).toString('base64'),
  };
}

let first: Ended;
beforeAll(async () => {
  first = await begin('whole');
}, 240_000);

describe('reproduce', { timeout: 240_000 }, () => {
  it('trains and measures every run, and says where the report is', () => {
    expect(first.code).toBe(0);
    const told = events(first.stdout);
    for (const model of ['lstm', 'ntm-lstm']) {
      const kinds = told.filter((each) => each.model === model && each.event !== 'progress');
      expect(kinds.map(({ event }) => event)).toEqual(['begun', 'assessing', 'ended']);
      expect(kinds.at(-1)).toMatchObject({ stop: 'finished', sequences: SEQUENCES, seed: 1 });
    }
    expect(told.at(-1)).toMatchObject({ event: 'report', runs: 2 });
    const page = readFileSync(join(folder, String(told.at(-1)?.page)), 'utf8');
    expect(page).toContain('<h2 id="copy">Copy</h2>');
    expect(readFileSync(file('whole', 'copy-lstm-seed1', 'curve.jsonl'), 'utf8').match(/\n/g)).toHaveLength(
      SEQUENCES / 100,
    );
    expect(existsSync(file('whole', 'copy-ntm-lstm-seed1', 'memory.svg'))).toBe(true);
  });

  it('killed without warning, goes on as if nothing had been', async () => {
    const killed = await begin('killed', ['--save-every', '0.02'], once('killed', 'SIGKILL'));
    expect(killed.code).toBeNull();
    expect(Math.min(...runs.map((run) => sequencesOf('killed', run)))).toBeLessThan(SEQUENCES);
    const { code } = await reproduce('killed', ['--resume']);
    expect(code).toBe(0);
    for (const run of runs) expect(learned('killed', run)).toEqual(learned('whole', run));
  });

  it('interrupted, saves, writes the report of what there is, and ends with 130; more sequences go on from there', async () => {
    const { code, stdout } = await begin('stopped', ['--save-every', '0.02'], once('stopped', 'SIGINT'));
    expect(code).toBe(130);
    expect(events(stdout).at(-1)).toMatchObject({ event: 'report' });
    expect(readFileSync(join(folder, 'stopped', 'report.md'), 'utf8')).toContain(
      `of ${SEQUENCES} sequences.`,
    );
    const longer = await reproduce('stopped', ['--resume', '--sequences', '900']);
    expect(longer.code).toBe(0);
    expect(runs.map((run) => sequencesOf('stopped', run))).toEqual([900, 900]);
    const start = learned('whole', 'copy-ntm-lstm-seed1').curve;
    expect(learned('stopped', 'copy-ntm-lstm-seed1').curve.startsWith(start)).toBe(true);
  });

  it('writes the report anew from what is stored, trains nothing that is done, and tells so', async () => {
    const page = join(folder, 'whole', 'report.html');
    const before = readFileSync(page, 'utf8');
    for (const how of ['--resume', '--report-only']) {
      rmSync(page);
      const { code, stdout } = await reproduce('whole', [how]);
      expect(code).toBe(0);
      expect(events(stdout).map(({ event }) => event)).toEqual(['report']);
      expect(readFileSync(page, 'utf8')).toBe(before);
    }
  });

  it('lets one process work in a folder, and refuses another', async () => {
    const both = await Promise.all([begin('twice'), begin('twice')]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    const refused = both.find(({ code }) => code === 2);
    // Whose it is stands in the lock a moment after the lock is there.
    expect(refused?.stderr).toMatch(
      /tapehead: --out: another tapehead works in twice( \(process |; wait for it)/,
    );
    for (const run of runs) expect(learned('twice', run)).toEqual(learned('whole', run));
    expect(existsSync(join(folder, 'twice', '.lock'))).toBe(false);
  });

  it('says in the report that a damaged checkpoint keeps a run from going on', async () => {
    cpSync(join(folder, 'whole'), join(folder, 'damaged'), { recursive: true });
    const [run = ''] = runs;
    truncateSync(file('damaged', run, 'checkpoint.safetensors'), 400);
    for (let i = 0; i < 2; i++) {
      const { code, stdout } = await reproduce('damaged', [
        '--resume',
        '--sequences',
        String(SEQUENCES + 100),
      ]);
      expect(code).toBe(1);
      expect(events(stdout).at(-1)).toMatchObject({ event: 'report' });
      const { document } = parseHTML(readFileSync(join(folder, 'damaged', 'report.html'), 'utf8'));
      expect(document.querySelector('blockquote')?.textContent).toMatch(
        /LSTM alone, seed 1, cannot go on after 800 sequences: checkpoint damaged\/runs\/.* cannot be read: /,
      );
    }
  });

  it('neither mixes experiments nor overwrites one', async () => {
    const again = await begin('whole');
    expect(again.code).toBe(2);
    expect(again.stderr).toBe(
      'tapehead: --out: whole holds 2 runs already; --resume goes on with them, or name another folder\n',
    );
    const other = await begin('whole', ['--resume', '--learning-rate', '0.5']);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('copy-ntm-lstm-seed1 was begun with other settings: learningRate 0.5');
  });
});
