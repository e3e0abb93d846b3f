// Makes the nets that come with the page, by the command line: node checkpoints/make.js [NAME…]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodeCheckpoint, encodeCheckpoint } from '@tapehead/training';

const bench = fileURLToPath(import.meta.resolve('@tapehead/bench/package.json'));
const cli = bench.replace('package.json', 'dist/tapehead.js');

/** Each file, and the flags of `tapehead train` that make it. */
const nets = {
  copy: 'copy --controller feedforward --seed 6 --sequences 10000',
  'copy-half': 'copy --controller feedforward --seed 6 --sequences 1600',
  'repeat-copy': 'repeat-copy --controller feedforward --rate-half-after 50000 --seed 1 --sequences 30000',
  'associative-recall':
    'associative-recall --controller lstm --rate-half-after 50000 --seed 1 --sequences 40000',
  ngrams:
    'ngrams --controller feedforward --learning-rate 1e-4 --rate-half-after 50000 --seed 1 --sequences 6000',
  'priority-sort':
    'priority-sort --controller feedforward --heads 4 --controller-size 128 --learning-rate 1e-4 --rate-half-after 50000 --seed 1 --sequences 10000',
};

const wanted = process.argv.slice(2);
for (const [name, flags] of Object.entries(nets)) {
  if (wanted.length === 0 || wanted.includes(name)) make(name, flags.split(' '));
}

function make(name, flags) {
  const folder = mkdtempSync(join(tmpdir(), 'tapehead-'));
  const full = join(folder, 'full.safetensors');
  execFileSync(process.execPath, [cli, 'train', ...flags, '--checkpoint', full], { stdio: 'inherit' });
  const file = new URL(`${name}.safetensors`, import.meta.url);
  writeFileSync(file, encodeCheckpoint(withoutMoments(decodeCheckpoint(readFileSync(full)))));
  rmSync(folder, { recursive: true });
}

/** Three quarters of a checkpoint are what RMSProp remembers of gradients; who trains on begins with none. */
function withoutMoments(state) {
  const { className, config, weights } = state.optimizer;
  const count = weights.filter(({ shape }) => shape.length === 0);
  return { ...state, optimizer: { className, config, weights: count } };
}
