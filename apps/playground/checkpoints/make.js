// Makes the nets that come with the page: node checkpoints/make.js [NAME…]
// Training them by the command line takes hours; NAME=FILE takes a checkpoint that the same command has made elsewhere.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeCheckpoint, encodeCheckpoint } from '@tapehead/training';

const bench = fileURLToPath(import.meta.resolve('@tapehead/bench/package.json'));
const cli = bench.replace('package.json', 'dist/tapehead.js');

/** Each file, and what `tapehead train` is told to make it; `-half` is for nets in the middle of learning. */
const nets = {
  copy: 'copy --controller feedforward --seed 4 --sequences 10000',
  'copy-half': 'copy --controller feedforward --seed 4 --sequences 350',
  'repeat-copy': 'repeat-copy --controller lstm --seed 1 --sequences 200000',
  'repeat-copy-half': 'repeat-copy --controller lstm --seed 1 --sequences 3000',
  'associative-recall': 'associative-recall --controller lstm --seed 1 --sequences 40000',
  'associative-recall-half': 'associative-recall --controller lstm --seed 1 --sequences 8400',
  ngrams: 'ngrams --controller feedforward --seed 1 --sequences 100000',
  'priority-sort': 'priority-sort --controller lstm --seed 1 --sequences 200000',
};

for (const wanted of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(nets)) {
  const [name, file] = wanted.split('=');
  if (!Object.hasOwn(nets, name)) throw new Error(`expected ${Object.keys(nets).join(', ')}, got ${name}`);
  ship(name, file === undefined ? trained(nets[name].split(' ')) : readFileSync(file));
}

function trained(flags) {
  const folder = mkdtempSync(join(tmpdir(), 'tapehead-'));
  const file = join(folder, 'full.safetensors');
  execFileSync(process.execPath, [cli, 'train', ...flags, '--checkpoint', file], { stdio: 'inherit' });
  const bytes = readFileSync(file);
  rmSync(folder, { recursive: true });
  return bytes;
}

function ship(name, bytes) {
  const file = new URL(`${name}.safetensors`, import.meta.url);
  writeFileSync(file, encodeCheckpoint(withoutMoments(decodeCheckpoint(bytes))));
}

/** Three quarters of a checkpoint are what RMSProp remembers of gradients; who trains on begins with none. */
function withoutMoments(state) {
  const { className, config, weights } = state.optimizer;
  const count = weights.filter(({ shape }) => shape.length === 0);
  return { ...state, optimizer: { className, config, weights: count } };
}
