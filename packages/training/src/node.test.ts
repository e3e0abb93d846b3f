import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import {
  chmod,
  type FileHandle,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { isTapeheadError } from '@tapehead/core';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadCheckpoint, removeLeftovers, replaceFile, saveCheckpoint } from './node.js';
import type { TrainingState } from './state.js';

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, open: vi.fn(real.open) };
});

/** `size` parameters, all of them equal to `step`. */
function stateOf(step: number, size = 10): TrainingState {
  return {
    model: undefined,
    task: { name: 'copy', settings: {} },
    parameters: { kernel: { shape: [size], values: new Float32Array(size).fill(step) } },
    optimizer: { className: 'ExactAdam', config: {}, weights: [] },
    batchSize: 1,
    clip: 'none',
    objective: 'mean',
    cost: { name: 'sigmoid-cross-entropy', unit: 'bits' },
    step,
    sequences: step,
    random: [1, 2, 3, 4],
    costs: new Float64Array(1000),
  };
}

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tapehead-'));
});
afterEach(() => rm(folder, { recursive: true }));

const failure = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);

test('what is saved is loaded, over an older file too, and nothing else lies beside it', async () => {
  const path = join(folder, 'run.safetensors');
  await saveCheckpoint(path, stateOf(1));
  await saveCheckpoint(path, stateOf(2));
  expect(await loadCheckpoint(path)).toEqual(stateOf(2));
  expect(await readdir(folder)).toEqual(['run.safetensors']);
});

test('saves at the same time leave one whole file', async () => {
  const path = join(folder, 'run.safetensors');
  await Promise.all(Array.from({ length: 8 }, (_, i) => saveCheckpoint(path, stateOf(i, 50_000))));
  const { step, parameters } = await loadCheckpoint(path);
  expect(new Set(parameters.kernel?.values)).toEqual(new Set([step]));
});

test('a save that fails says why and leaves nothing behind', async () => {
  const missing = await failure(saveCheckpoint(join(folder, 'no', 'run.safetensors'), stateOf(1)));
  expect(isTapeheadError(missing) && missing.code).toBe('checkpoint');
  expect(String(missing)).toContain('no/run.safetensors cannot be written: ENOENT');
  const taken = join(folder, 'taken');
  await mkdir(taken);
  expect(String(await failure(saveCheckpoint(taken, stateOf(1))))).toContain('taken cannot be written:');
  expect(await readdir(folder)).toEqual(['taken']);
});

test('a file that is missing, cut or foreign is named, with what is wrong', async () => {
  const path = join(folder, 'run.safetensors');
  const load = async () => {
    const error = await failure(loadCheckpoint(path));
    return isTapeheadError(error) && error.code === 'checkpoint' ? error.message : expect.fail(String(error));
  };
  expect(await load()).toContain(`checkpoint ${path} cannot be read: ENOENT`);
  await saveCheckpoint(path, stateOf(1));
  const whole = await readFile(path);
  await writeFile(path, whole.subarray(0, whole.length - 9));
  expect(await load()).toContain('cannot be read: it is truncated');
  await writeFile(path, 'step,loss\n1,0.5\n');
  expect(await load()).toContain('cannot be read: it is no safetensors file');
});

test('a file: URL is a path too', async () => {
  const url = pathToFileURL(join(folder, 'a run#1.safetensors'));
  await saveCheckpoint(url, stateOf(3));
  expect(await readdir(folder)).toEqual(['a run#1.safetensors']);
  expect(await loadCheckpoint(url)).toEqual(stateOf(3));
});

test.each([
  ['nothing', undefined],
  ['an empty name', ''],
  ['a name with a NUL', 'run\0.safetensors'],
  ['a number', 3],
  ['a URL of another scheme', new URL('https://example.org/run.safetensors')],
  ['a file: URL of another host', new URL('file://example.org/run.safetensors')],
])('%s is no path', async (_, path) => {
  const works = [
    () => Reflect.apply(saveCheckpoint, undefined, [path, stateOf(1)]),
    () => Reflect.apply(loadCheckpoint, undefined, [path]),
    () => Reflect.apply(removeLeftovers, undefined, [path]),
    () => Reflect.apply(replaceFile, undefined, [path, '']),
  ];
  for (const work of works) {
    const error = await failure(work());
    expect(isTapeheadError(error) && error.code).toBe('argument');
    expect(String(error)).toContain('path: expected a file name or a file: URL, got ');
  }
});

test('only text and bytes are data', async () => {
  const path = join(folder, 'x');
  for (const data of [undefined, null, 3, {}, [1]]) {
    const error = await failure(Reflect.apply(replaceFile, undefined, [path, data]));
    expect(isTapeheadError(error) && error.code).toBe('argument');
  }
  expect(await readdir(folder)).toEqual([]);
});

describe('what is at the path stays what it is', () => {
  test.each(['file', 'missing'])('a link to a %s stays a link, and its target is written', async (target) => {
    await mkdir(join(folder, 'far'));
    const [link, file] = [join(folder, 'run.safetensors'), join(folder, 'far', 'net.safetensors')];
    if (target === 'file') await saveCheckpoint(file, stateOf(1));
    await symlink('hop', link);
    await symlink(join('far', 'net.safetensors'), join(folder, 'hop'));
    await saveCheckpoint(link, stateOf(2));
    expect(await readlink(link)).toBe('hop');
    expect(await loadCheckpoint(file)).toEqual(stateOf(2));
    expect(await loadCheckpoint(link)).toEqual(stateOf(2));
    expect((await readdir(folder)).sort()).toEqual(['far', 'hop', 'run.safetensors']);
    expect(await readdir(join(folder, 'far'))).toEqual(['net.safetensors']);
  });

  test('a link to itself is told', async () => {
    const path = join(folder, 'run.safetensors');
    await symlink('run.safetensors', path);
    expect(String(await failure(saveCheckpoint(path, stateOf(1))))).toContain('cannot be written: ELOOP');
  });

  test('a file keeps its permissions, and a new one has those of any new file', async () => {
    const [path, other] = [join(folder, 'run.safetensors'), join(folder, 'other')];
    const modeOf = async (name: string) => (await stat(name)).mode & 0o7777;
    await writeFile(other, '');
    await saveCheckpoint(path, stateOf(1));
    expect(await modeOf(path)).toBe(await modeOf(other));
    for (const mode of [0o600, 0o640, 0o666]) {
      await chmod(path, mode);
      await saveCheckpoint(path, stateOf(2));
      expect(await modeOf(path)).toBe(mode);
    }
  });

  test('a folder, a pipe and a device are neither replaced nor read', { timeout: 10_000 }, async () => {
    const [taken, pipe] = [join(folder, 'taken'), join(folder, 'pipe')];
    await mkdir(taken);
    execFileSync('mkfifo', [pipe]);
    for (const [path, why] of [
      [taken, 'it is a folder'],
      [pipe, 'it is not a regular file'],
      ['/dev/zero', 'it is not a regular file'],
    ] as const) {
      expect(String(await failure(saveCheckpoint(path, stateOf(1))))).toContain(`cannot be written: ${why}`);
      expect(String(await failure(loadCheckpoint(path)))).toContain(`cannot be read: ${why}`);
    }
    expect((await readdir(folder)).sort()).toEqual(['pipe', 'taken']);
    expect((await stat('/dev/zero')).isCharacterDevice()).toBe(true);
  });
});

describe('temporary files', () => {
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  const other = host === '00000000' ? '11111111' : '00000000';
  const temporary = (pid: number, of = host) => `.run.safetensors.${of}-${pid}-0123abcd.tmp`;

  /** The number of a process that has ended. */
  async function endedProcess(): Promise<number> {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    return child.pid ?? expect.fail('no process');
  }

  async function put(name: string, hoursOld = 0): Promise<string> {
    const time = Date.now() / 1000 - 3600 * hoursOld;
    await writeFile(join(folder, name), 'half');
    await utimes(join(folder, name), time, time);
    return name;
  }

  test.each([
    ['a save', (path: string) => saveCheckpoint(path, stateOf(1))],
    ['a clean-up', (path: string) => removeLeftovers(path)],
  ])('of processes that have ended are removed by %s, others stay', async (_, work) => {
    const ended = await endedProcess();
    await put(temporary(ended));
    await put(temporary(process.ppid, other), 1.1);
    await put(temporary(process.ppid), 1.1);
    // After a restart a container gives out the same numbers.
    await put(temporary(process.pid), process.uptime() / 3600 + 0.1);
    const kept = await Promise.all([
      put(temporary(process.ppid)),
      put(temporary(process.pid)),
      put(temporary(ended, other)),
      put(`.run.safetensors.${ended}.tmp`, 9),
      put(`.run.safetensors.mine.tmp`, 9),
      put(`.other${temporary(ended)}`, 9),
      put(`run.safetensors.${host}-${ended}-0123abcd.tmp`, 9),
    ]);
    await work(join(folder, 'run.safetensors'));
    expect((await readdir(folder)).filter((name) => name !== 'run.safetensors').sort()).toEqual(kept.sort());
  });

  test('of a save to the target of a link lie beside the target', async () => {
    await mkdir(join(folder, 'far'));
    await put(join('far', temporary(await endedProcess())));
    await symlink(join('far', 'run.safetensors'), join(folder, 'link'));
    await removeLeftovers(join(folder, 'link'));
    expect(await readdir(join(folder, 'far'))).toEqual([]);
  });
});

/** Makes `sync` of a folder (opened with `r`), or of a temporary file (`wx`), fail as the file system would. */
function failToSync(opened: 'r' | 'wx', code: string): void {
  vi.mocked(fs.open).mockImplementation(async (path, flags, mode) => {
    const { open } = await vi.importActual<typeof fs>('node:fs/promises');
    const file: FileHandle = await open(path, flags, mode);
    if (flags === opened) {
      vi.spyOn(file, 'sync').mockRejectedValue(Object.assign(new Error(`${code}: fsync`), { code }));
    }
    return file;
  });
}

test('a full disk leaves the old file and nothing else', async () => {
  const path = join(folder, 'run.safetensors');
  await saveCheckpoint(path, stateOf(1));
  failToSync('wx', 'ENOSPC');
  const error = await failure(saveCheckpoint(path, stateOf(2)));
  vi.mocked(fs.open).mockReset();
  expect(String(error)).toContain(`checkpoint ${path} cannot be written: ENOSPC`);
  expect(await loadCheckpoint(path)).toEqual(stateOf(1));
  expect(await readdir(folder)).toEqual(['run.safetensors']);
});

test('a folder that cannot be synced is told as that: the new file is in place', async () => {
  const path = join(folder, 'run.safetensors');
  await saveCheckpoint(path, stateOf(1));
  failToSync('r', 'EIO');
  const error = await failure(saveCheckpoint(path, stateOf(2)));
  vi.mocked(fs.open).mockReset();
  expect(isTapeheadError(error) && error.code).toBe('checkpoint');
  expect(String(error)).toContain(
    `checkpoint ${path} is written, but its folder cannot be synced: EIO: fsync. The new file is in place`,
  );
  expect(await loadCheckpoint(path)).toEqual(stateOf(2));
  expect(await readdir(folder)).toEqual(['run.safetensors']);
});

test('a file system that cannot sync folders at all is no failure', async () => {
  const path = join(folder, 'run.safetensors');
  failToSync('r', 'EINVAL');
  await saveCheckpoint(path, stateOf(2));
  vi.mocked(fs.open).mockReset();
  expect(await loadCheckpoint(path)).toEqual(stateOf(2));
});

/** Saves without end: states whose parameters all equal their step. */
const saver = `
  import { loadCheckpoint, saveCheckpoint } from '@tapehead/training/node';
  const [path] = process.argv.slice(1);
  const state = await loadCheckpoint(path);
  for (let step = state.step + 1; ; step++) {
    state.parameters.kernel.values.fill(step);
    await saveCheckpoint(path, { ...state, step, sequences: step });
    if (step === state.step + 1) console.log('saving');
  }
`;

test('killed at any moment of saving, the file is complete, and the next save removes what is left', {
  timeout: 180_000,
}, async () => {
  const path = join(folder, 'run.safetensors');
  const leftovers = async () => (await readdir(folder)).filter((name) => name.endsWith('.tmp')).length;
  await saveCheckpoint(path, stateOf(1, 250_000));
  let [last, left] = [1, 0];
  // On a busy machine it may take more of them until one comes in the midst of a save.
  for (let round = 0; round < 20 || (left === 0 && round < 100); round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', saver, path], {
      cwd: join(import.meta.dirname, '..'),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    await sleep((round % 20) * 1.7);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { step, parameters } = await loadCheckpoint(path);
    expect(step).toBeGreaterThan(last);
    expect(new Set(parameters.kernel?.values)).toEqual(new Set([step]));
    expect(await leftovers()).toBeLessThanOrEqual(1);
    left += await leftovers();
    last = step;
  }
  expect(left, 'no kill came in the midst of a save').toBeGreaterThan(0);
  await saveCheckpoint(path, stateOf(1));
  expect(await readdir(folder)).toEqual(['run.safetensors']);
});
