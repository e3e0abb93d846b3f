import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { run } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'tapehead-'));

const picture = join(folder, 'x.svg');
writeFileSync(picture, '');

/** Runs the command line in this process. */
async function tapehead(...args: string[]) {
  const said: string[] = [];
  const keep = (text: string | Uint8Array) => said.push(String(text)) > 0;
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  const code = await run(args);
  return { code, said: said.join('') };
}

afterEach(() => vi.restoreAllMocks());

it.each([
  ['no command', [], 'expected a command (start, train, evaluate, draw, speed, seeds, reproduce), got none'],
  [
    'an unknown command',
    ['trian', 'copy', '--seed', '1'],
    "unknown command 'trian' (Did you mean train?); expected one of start, train, evaluate, draw, speed, seeds, reproduce",
  ],
  ['an unknown command that is like none', ['x'], "unknown command 'x'; expected one of start,"],
  ['training with no sequence', ['train', 'copy', '--sequences', '0'], 'Expected an integer of at least 1'],
  [
    'an unknown flag',
    ['train', 'copy', '--sed', '1'],
    "unknown option '--sed' (Did you mean one of --seed, --set?); allowed: --task, --controller,",
  ],
  [
    'an unknown task',
    ['train', 'chess'],
    "'chess' is invalid for argument 'task'. Allowed choices are copy, repeat-copy, associative-recall, ngrams, priority-sort",
  ],
  [
    'an unknown controller',
    ['train', 'copy', '--controller', 'gru'],
    "'--controller <kind>' argument 'gru' is invalid. Allowed choices are lstm, feedforward",
  ],
  [
    'a negative size',
    ['train', 'copy', '--memory-size', '-4'],
    "'--memory-size <n>' argument '-4' is invalid. Expected an integer of at least 1",
  ],
  ['a size that is no integer', ['train', 'copy', '--heads', '1.5'], "'1.5' is invalid. Expected an integer"],
  [
    'a seed out of range',
    ['train', 'copy', '--seed', '4294967296'],
    'Expected an integer from 0 to 4294967295',
  ],
  ['a rate of zero', ['train', 'copy', '--learning-rate', '0'], 'Expected a number above 0'],
  ['a decay that forgets nothing', ['train', 'copy', '--decay', '1'], 'Expected a number from 0 to below 1'],
  ['a clip without a limit', ['train', 'copy', '--clip', 'norm'], 'Expected norm:LIMIT, value:LIMIT'],
  [
    'lengths out of order',
    ['train', 'copy', '--min-length', '9', '--max-length', '3'],
    'copy.minLength: expected at most copy.maxLength (3), got 9',
  ],
  [
    'a setting of another task',
    ['train', 'copy', '--max-items', '3'],
    '--max-items: copy has no such setting; it has --width, --min-length, --max-length',
  ],
  [
    'more items than differ',
    ['train', 'associative-recall', '--width', '1', '--item-length', '1'],
    'associative-recall.maxItems: expected at most 2, as many as differ in 1 × 1 bits, got 6',
  ],
  [
    'a size without what grows',
    ['evaluate', '--checkpoint', 'x', '--at', '20'],
    "'--at <axis=list>' argument '20' is invalid. Expected AXIS=SIZES, such as length=10,20",
  ],
  [
    'two sizes where one is drawn',
    ['draw', '--checkpoint', 'x', '--out', 'x.svg', '--at', 'length=1,2'],
    'Expected one size, such as length=20',
  ],
  [
    'a checkpoint in no folder',
    ['train', 'copy', '--checkpoint', join(folder, 'no', 'x.safetensors')],
    '--checkpoint: expected a file in a folder that exists',
  ],
  [
    'a checkpoint that is a folder',
    ['train', 'copy', '--checkpoint', folder],
    '--checkpoint: expected a file, but',
  ],
  [
    'a checkpoint that is a device',
    ['train', 'copy', '--force', '--checkpoint', '/dev/null'],
    '--checkpoint: expected a file, but /dev/null is a device or a pipe',
  ],
  [
    'a checkpoint that would be lost',
    ['train', 'copy', '--checkpoint', fileURLToPath(import.meta.url)],
    'arguments.test.ts exists already; go on with its run by --resume ',
  ],
  [
    'a picture instead of the checkpoint',
    ['draw', '--checkpoint', picture, '--out', picture],
    '--out: expected another file than that of --checkpoint',
  ],
  ['no checkpoint', ['evaluate'], "required option '--checkpoint <file>' not specified"],
  [
    'a list with a word in it',
    ['evaluate', '--checkpoint', 'x', '--lengths', '1,a'],
    "'--lengths <list>' argument '1,a' is invalid",
  ],
  [
    'a picture of another kind',
    ['draw', '--checkpoint', 'x', '--out', 'x.gif'],
    'Expected a file name that ends in .svg or .png',
  ],
  [
    'a task to reproduce that there is none of',
    ['reproduce', 'chess'],
    'Allowed choices are copy, repeat-copy',
  ],
  [
    'a model that there is none of',
    ['reproduce', 'copy', '--model', 'ntm-lstm,gru'],
    "'--model <list>' argument 'ntm-lstm,gru' is invalid. Allowed are lstm, ntm-feedforward, ntm-lstm",
  ],
  ['no seeds', ['reproduce', 'copy', '--seeds', '0'], 'Expected an integer of at least 1'],
  ['no sequences', ['reproduce', 'copy', '--sequences', '0'], 'Expected an integer of at least 1'],
  ['lengths of nothing', ['reproduce', 'copy', '--max-length', '0'], 'Expected an integer of at least 1'],
  [
    'lengths to reproduce out of order',
    ['reproduce', 'copy', '--min-length', '30', '--out', join(folder, 'none')],
    'copy.minLength: expected at most copy.maxLength (20), got 30',
  ],
  [
    'nothing to go on with',
    ['reproduce', 'copy', '--resume', '--out', join(folder, 'none')],
    '--resume: expected a folder with runs of this command, but',
  ],
  [
    'a folder of something else',
    ['reproduce', 'copy', '--out', fileURLToPath(new URL('.', import.meta.url))],
    '--out: expected an empty folder or a new one, but',
  ],
  [
    'a folder that is a file',
    ['reproduce', 'copy', '--out', fileURLToPath(import.meta.url)],
    '--out: expected a folder, but',
  ],
  [
    'a machine and its controller at once',
    ['train', 'copy', '--model', 'lstm', '--controller', 'lstm'],
    "'--model <kind>' cannot be used with option '--controller <kind>'",
  ],
  [
    'heads of an LSTM alone',
    ['train', 'copy', '--model', 'lstm', '--heads', '2'],
    '--heads: expected a model with a memory, got --model lstm',
  ],
  [
    'an even number of taps',
    ['train', 'copy', '--shifts', '4'],
    "'--shifts <n>' argument '4' is invalid. Expected an odd integer of at least 1, such as 3.",
  ],
  [
    'a setting without a value',
    ['train', 'copy', '--set', 'width'],
    "'--set <name=value>' argument 'width' is invalid. Expected NAME=VALUE, such as maxBits=6.",
  ],
  [
    'a setting that copy has not',
    ['train', 'copy', '--set', 'items=3'],
    '--set items: copy has no such setting; it has --width',
  ],
  [
    'no task',
    ['train'],
    'expected a task (copy, repeat-copy, associative-recall, ngrams, priority-sort, or the path',
  ],
  [
    'heads of its own kind for an LSTM alone',
    ['train', 'copy', '--model', 'lstm', '--write-heads', '2'],
    '--write-heads: expected a model with a memory, got --model lstm',
  ],
  [
    'a decay for Adam',
    ['train', 'copy', '--optimizer', 'adam', '--decay', '0.9'],
    '--decay: expected --optimizer graves, got adam, which has none',
  ],
  ['a batch of nothing', ['speed', '--batch', '1,0'], "'--batch <list>' argument '1,0' is invalid"],
  ['no time to measure in', ['speed', '--seconds', '0'], 'Expected a number above 0'],
  ['an unknown opponent', ['speed', '--against', 'jax'], 'Allowed choices are torch, chromium'],
  ['an unknown engine', ['speed', '--engine', 'warp'], 'Allowed choices are auto, fused, reference'],
  [
    'a net that there is none of',
    ['speed', '--net', 'ntm,gru'],
    "'--net <list>' argument 'ntm,gru' is invalid. Allowed are ntm, dnc, gru-ntm, lstm, with commas between, or all",
  ],
  [
    'nets against a page',
    ['speed', '--net', 'ntm', '--against', 'chromium'],
    '--net: expected --against torch, or none, got chromium',
  ],
  [
    'nets by the loop alone',
    ['speed', '--net', 'all', '--engine', 'reference'],
    '--net: expected --engine fused or auto, got reference',
  ],
  [
    'nets on a GPU',
    ['speed', '--net', 'ntm', '--backend', 'webgpu'],
    '--net: expected --backend wasm, cpu or auto, got webgpu',
  ],
  [
    'processor time of one net alone',
    ['speed', '--clock', 'processor'],
    '--clock: expected wall without --net, got processor',
  ],
  [
    'the controller of another net',
    ['speed', '--net', 'ntm,dnc', '--controller', 'feedforward'],
    '--controller: expected lstm with --net dnc, got feedforward',
  ],
])('%s is wrong usage: one line, code 2', async (_, args, line) => {
  const { code, said } = await tapehead(...args);
  expect(code).toBe(2);
  expect(said).toContain(line);
  expect(said.match(/\n/g)).toHaveLength(1);
});

it('a checkpoint that is not there is a failure: one line, code 1', async () => {
  const { code, said } = await tapehead('evaluate', '--checkpoint', join(folder, 'none.safetensors'));
  expect(code).toBe(1);
  expect(said).toMatch(/^tapehead: checkpoint .*none\.safetensors cannot be read: .*\n$/);
});

it.each([
  [['train', '--help'], '--until-solved'],
  [['--help'], 'reproduce [options] [task...]'],
  [['help'], 'reproduce [options] [task...]'],
  [['help', 'train'], '--until-solved'],
])('%j is no error', async (args, text) => {
  const out = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  expect(await tapehead(...args)).toEqual({ code: 0, said: '' });
  expect(out.mock.calls.join('')).toContain(text);
});
