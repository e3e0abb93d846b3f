// Times the raw whole-sequence and optimizer kernels on the work of copy, length 20: 41 steps, N = 128, M = 20, 100 units,
// one head of each kind. Milliseconds of processor time, one JSON line a configuration: `node bench.js 1,16,64`.
import { setFlagsFromString } from 'node:v8';
import asc from 'assemblyscript/asc';

setFlagsFromString('--experimental-wasm-relaxed-simd');
const batches = (process.argv[2] ?? '1,16,64').split(',').map(Number);
const [T, I, O, U, N, M, P] = [41, 9, 8, 100, 128, 20, 92];

for (const kind of ['simd', 'relaxed']) {
  const sequence = await assemble('../../packages/ntm/assembly/sequence.ts', kind);
  const optimizer = await assemble('../../packages/training/assembly/gravesRmsProp.ts', kind);
  for (const controller of ['lstm', 'feedforward']) {
    for (const batch of batches) {
      const work = prepare(sequence, optimizer, controller, batch);
      const times = Object.fromEntries(Object.entries(work).map(([name, run]) => [name, time(run, batch)]));
      process.stdout.write(`${JSON.stringify({ kind, controller, batch, ...times })}\n`);
    }
  }
}

async function assemble(entry, kind) {
  let binary;
  const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--disableWarning', '112'];
  const features = ['--enable', 'simd', ...(kind === 'relaxed' ? ['--enable', 'relaxed-simd'] : [])];
  const keep = {
    writeFile: (_name, contents) => {
      binary = contents;
    },
  };
  const { error } = await asc.main([entry, ...flags, ...features, '--outFile', 'kernels.wasm'], keep);
  if (error) throw error;
  return WebAssembly.compile(binary);
}

function prepare(sequence, optimizer, controller, batch) {
  const memory = new WebAssembly.Memory({ initial: 4096 });
  const kernels = new WebAssembly.Instance(sequence, { env: { memory } }).exports;
  const { sumOfSquares, gravesRmsProp } = new WebAssembly.Instance(optimizer, { env: { memory } }).exports;
  let top = 1024;
  const space = (count) => {
    const pointer = top;
    top = (top + 4 * count + 63) & ~63;
    return pointer;
  };
  const floats = (count, value) => {
    const pointer = space(count);
    new Float32Array(memory.buffer, pointer, count).forEach((_, i, all) => {
      all[i] = value(i);
    });
    return pointer;
  };
  const list = (numbers) => {
    const pointer = space(numbers.length);
    new Int32Array(memory.buffer, pointer, numbers.length).set(numbers);
    return pointer;
  };
  const lstm = controller === 'lstm';
  const gates = lstm ? 4 * U : U;
  const parameters = [U * P, P, (U + M) * O, O, (I + M) * gates, lstm ? U * gates : 0, gates];
  const counts = [...parameters, N * M, N, N, M, ...(lstm ? [U, U] : [])];
  const values = counts.map((count) => floats(count, (i) => 0.2 * Math.sin(i * 12.9898)));
  const [gradients, ...moments] = Array.from({ length: 4 }, () =>
    counts.map((count) => floats(count, () => 0)),
  );
  const halves = (all) => [list(all.slice(0, parameters.length)), list(all.slice(parameters.length))];
  const sizes = list([batch, T, I, O, U, 1, N, M, 1, 1, 3, lstm ? 0 : 1, 1, 0, 3]);
  const x = floats(batch * T * I, (i) => (Math.sin(i * 78.233) > 0 ? 1 : 0));
  const logits = space(batch * T * O);
  const dLogits = floats(batch * T * O, (i) => 0.3 * Math.sin(i * 4.1));
  const workspace = space(kernels.workspaceBytes(sizes) / 4);
  const [given, state] = halves(values);
  const [dGiven, dState] = halves(gradients);
  const forward = () => kernels.sequenceForward(sizes, workspace, given, state, x, logits, 0);
  const backward = () => kernels.sequenceBackward(sizes, workspace, dLogits, 0, dGiven, dState, 0);
  const update = () => {
    const squares = counts.reduce((sum, count, i) => sum + sumOfSquares(gradients[i], count), 0);
    const scale = Math.min(1, 10 / Math.sqrt(squares));
    counts.forEach((count, i) => {
      const [n, gBar, delta] = moments.map((rows) => rows[i]);
      gravesRmsProp(
        values[i],
        values[i],
        gradients[i],
        n,
        gBar,
        delta,
        count,
        1e-4,
        0.95,
        0.9,
        1e-4,
        scale,
        1e30,
      );
    });
  };
  const train = () => {
    forward();
    backward();
    update();
  };
  return { train, forward, backward, update };
}

function time(run, batch) {
  const runs = Math.ceil(16 / batch);
  for (let i = 0; i < 10 * runs; i++) run();
  const times = [];
  for (let total = 0; total < 600; ) {
    const start = process.cpuUsage();
    for (let i = 0; i < runs; i++) run();
    const { user, system } = process.cpuUsage(start);
    total += (user + system) / 1000;
    times.push((user + system) / 1000 / runs);
  }
  times.sort((a, b) => a - b);
  return { median: +times[times.length >> 1].toFixed(3), min: +times[0].toFixed(3) };
}
