// How long runs of copy that differ in rounding alone stay together: the update at which their costs first differ by 1 %.
// A run on the fused engine beside one that shares each batch among two threads, and beside one on the reference engine.
// One JSON line a seed: `node together.js 1,2,3,7 8 400` for seeds, batch and the most updates, after a build.
import { setFlagsFromString } from 'node:v8';
import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { batchOf, createRandom, createTask, restoreRandom, scaledCost } from '@tapehead/tasks';
import { gravesRmsProp } from '@tapehead/training';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { add, tidy } from '@tensorflow/tfjs-core';

setFlagsFromString('--experimental-wasm-relaxed-simd');
const [seeds = '1,2,3,7', batch = '8', most = '400'] = process.argv.slice(2);
await Promise.all([registerSequence(), registerOptimizer()]);
await useBackend('wasm');
const task = createTask('copy', {});

for (const seed of seeds.split(',').map(Number)) {
  const fused = trainer(seed, 'fused', 1);
  const others = { threads2: trainer(seed, 'fused', 2), reference: trainer(seed, 'reference', 1) };
  const apart = { threads2: `over ${most}`, reference: `over ${most}` };
  let random = createRandom(seed).state();
  for (let update = 1; update <= Number(most); update++) {
    const episodeRandom = restoreRandom(random);
    const episodes = Array.from({ length: Number(batch) }, () => task.episode(episodeRandom));
    random = episodeRandom.state();
    const bits = fused(episodes);
    for (const [name, train] of Object.entries(others)) {
      if (typeof apart[name] === 'number') continue;
      if (!(Math.abs(train(episodes) / bits - 1) <= 0.01)) apart[name] = update;
    }
    if (Object.values(apart).every((each) => typeof each === 'number')) break;
  }
  process.stdout.write(`${JSON.stringify({ seed, ...apart })}\n`);
}

/** The paper's net and settings. Returns a function of episodes that makes an update, and gives the cost in bits. */
function trainer(seed, engine, threads) {
  const { inputSize, outputSize } = task;
  const net = NTM.build({ inputSize, outputSize, controllerSize: 100, memoryDim: 20, seed, engine });
  const optimizer = gravesRmsProp({ learningRate: 2e-4, decay: 0.99, halfAfter: 4000 });
  return (episodes) => {
    const share = episodes.length / threads;
    const parts = Array.from({ length: threads }, (_, i) => episodes.slice(i * share, (i + 1) * share));
    return tidy(() => {
      const results = parts.map((part) => {
        const { input, target, mask } = batchOf(part);
        return net.differentiate(input, scaledCost(target, mask, Math.LN2 / threads));
      });
      const [first, ...rest] = results.map(({ grads }) => grads);
      const sum = Object.fromEntries(
        Object.entries(first).map(([name, each]) => [
          name,
          rest.reduce((all, next) => add(all, next[name]), each),
        ]),
      );
      optimizer.applyLimited(sum, { scale: 1, bound: 10 });
      return results.reduce((all, { value }) => all + value.dataSync()[0], 0) / Math.LN2;
    });
  };
}
