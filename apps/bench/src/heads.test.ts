import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '@tapehead/training/node';
import { afterEach, expect, it, vi } from 'vitest';
import { run } from './run.js';
import { tiny } from './testing/program.js';

const checkpoint = join(mkdtempSync(join(tmpdir(), 'tapehead-heads-')), 'heads.st');

afterEach(() => vi.restoreAllMocks());

async function tapehead(...args: string[]) {
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const code = await run(args);
  return { code, said: said.join('') };
}

it('read heads, write heads and taps are as the flags say, and stay so when the run is resumed', async () => {
  const budget = ['--sequences', '2', '--checkpoint', checkpoint];
  const heads = ['--heads', '3', '--read-heads', '2', '--shifts', '5'];
  expect(await tapehead('train', 'copy', ...tiny, ...budget, ...heads)).toMatchObject({ code: 0 });
  const { model } = await loadCheckpoint(checkpoint);
  expect(model).toMatchObject({ readHeads: 2, writeHeads: 3, shifts: 5 });
  const same = ['--read-heads', '2', '--write-heads', '3', '--shifts', '5'];
  expect(await tapehead('train', 'copy', '--sequences', '4', '--resume', checkpoint, ...same)).toMatchObject({
    code: 0,
  });
  const other = await tapehead('train', 'copy', '--resume', checkpoint, '--heads', '3', '--shifts', '3');
  expect(other.code).toBe(2);
  expect(other.said).toContain(
    '--heads 3 (the checkpoint has 2 read and 3 write), --shifts 3 (the checkpoint has 5)',
  );
});
