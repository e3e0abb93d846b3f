#!/usr/bin/env node
// The long run of all tests of random calls: `npm run fuzz`. It prints what they came to.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Calls of each function and engine; configurations and mutations for each of the two backends; recurrent steps. */
const defaults = {
  FUZZ_RUNS: '2000',
  FUZZ_CONFIGURATIONS: '5000',
  TAPEHEAD_CHECKPOINT_MUTATIONS: '50000',
  FUZZ_STEPS: '10000',
  FUZZ_SEED: '13',
};

const calls = 'src/fuzz.test.ts';
const packages = [
  'ntm',
  'training',
  'controller',
  'addressing',
  'memory',
  'tasks',
  'core',
  'backend',
  'scan',
];
/** The longest first. */
const suites = [
  ['training', 'src/checkpointFuzz.test.ts'],
  ['scan', 'src/testing/randomStep.test.ts'],
  ['ntm', 'src/configurations.test.ts'],
  ['ntm', 'src/layers/fuzz.test.ts'],
  ...packages.map((name) => [name, calls]),
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tapehead-fuzz-'));
const file = join(folder, 'totals.jsonl');
const env = { ...defaults, ...process.env, FUZZ_TOTALS: file };

const failed = [];

/** Runs suites until none is left. */
async function work() {
  for (let suite = suites.shift(); suite !== undefined; suite = suites.shift()) {
    const began = performance.now();
    const passed = await run(suite);
    const seconds = Math.round((performance.now() - began) / 1000);
    process.stdout.write(`${passed ? 'passed' : 'FAILED'} packages/${suite.join('/')}, ${seconds} s\n`);
    if (!passed) failed.push(suite.join('/'));
  }
}

function run([name, test]) {
  const child = spawn('npx', ['vitest', 'run', test, '--silent', '--reporter=dot', '--testTimeout=3600000'], {
    cwd: join(root, 'packages', name),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = [];
  child.stdout.on('data', (chunk) => said.push(chunk));
  return new Promise((resolve) =>
    child.on('close', (code) => {
      if (code !== 0) process.stdout.write(Buffer.concat(said));
      resolve(code === 0);
    }),
  );
}

await Promise.all(Array.from({ length: availableParallelism() }, work));

process.stdout.write(`\n${table(linesOf(file))}\n`);
process.stdout.write(
  failed.length === 0
    ? '\nzero raw errors, zero crashes, zero files read as other content\n'
    : `\nFAILED: ${failed.join(', ')}\n`,
);
rmSync(folder, { recursive: true });
process.exitCode = failed.length === 0 ? 0 : 1;

function linesOf(path) {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  } catch {
    return [];
  }
}

/** One row for each kind: how many tests counted, and the sum of each outcome. */
function table(lines) {
  const rows = grouped(lines);
  return [...rows]
    .map(([kind, all]) => {
      const sums = {};
      for (const { counts } of all) {
        for (const [outcome, count] of Object.entries(counts)) sums[outcome] = (sums[outcome] ?? 0) + count;
      }
      const total = Object.values(sums).reduce((sum, count) => sum + count, 0);
      const outcomes = Object.entries(sums).map(([outcome, count]) => `${count} ${outcome}`);
      return `${kind}: ${total} in ${all.length} tests: ${outcomes.join(', ')}`;
    })
    .join('\n');
}

function grouped(lines) {
  const rows = new Map();
  for (const line of lines) rows.set(line.kind, [...(rows.get(line.kind) ?? []), line]);
  return rows;
}
