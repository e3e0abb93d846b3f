import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { alone, LOCK } from './lock.js';

let out = '';
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'tapehead-'));
});

const lock = (pid: number, host = hostname()) =>
  writeFileSync(join(out, LOCK), JSON.stringify({ host, pid, began: '2026-01-01' }));
const work = async () => existsSync(join(out, LOCK));

it('is there while somebody works, and gone afterwards, also when the work fails', async () => {
  expect(await alone(out, work)).toBe(true);
  expect(await work()).toBe(false);
  await expect(alone(out, () => Promise.reject(new Error('no luck')))).rejects.toThrow('no luck');
  expect(await work()).toBe(false);
});

it.each([
  ['a living process', () => process.ppid, hostname()],
  ['a process of another machine', () => 1, 'elsewhere'],
])('of %s is respected, and the message says whose it is', async (_, pid, host) => {
  lock(pid(), host);
  await expect(alone(out, work)).rejects.toThrow(
    `--out: another tapehead works in ${out} (process ${pid()} on ${host}, since 2026-01-01); wait for it, name ` +
      `another folder, or remove ${join(out, LOCK)} if it has ended`,
  );
  expect(await work()).toBe(true);
});

it('of a process that has ended, of an earlier one with our number, or without an owner is ignored', async () => {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  lock(child.pid ?? expect.fail('no process'));
  expect(await alone(out, work)).toBe(true);
  lock(process.pid);
  expect(await alone(out, work)).toBe(true);
  writeFileSync(join(out, LOCK), '{"host":');
  await expect(alone(out, work), 'it may be being written').rejects.toThrow('another tapehead works in');
  utimesSync(join(out, LOCK), 0, 0);
  expect(await alone(out, work)).toBe(true);
});
