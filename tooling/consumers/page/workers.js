import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { copy } from '@tapehead/tasks';
import { adam, createRun, train } from '@tapehead/training';
import { createPool } from '@tapehead/training/workers';
import { wasmPaths } from './wasmPaths.js';

const worker = () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

/** What is measured of two updates, and what they make of a net. */
async function trained(threads) {
  const task = copy({ width: 3, minLength: 2, maxLength: 4 });
  const { inputSize, outputSize } = task;
  const model = NTM.build({ inputSize, outputSize, memorySize: 8, memoryDim: 4, controllerSize: 6, seed: 1 });
  const pool = await createPool({ model, threads, worker });
  const run = createRun({ model, task, optimizer: adam(), batchSize: 5, objective: 'mean', seed: 1 });
  const numbers = [];
  for await (const { cost, gradientNorm } of train(run, { sequences: 10, pool }))
    numbers.push(cost, gradientNorm);
  await pool.close();
  return [...numbers, ...(await model.parameters.headKernel.data())];
}

/** How far apart one thread and three are. */
globalThis.answer = (async () => {
  await useBackend('wasm', { wasmPaths });
  const [alone, shared] = [await trained(1), await trained(3)];
  return Math.max(...alone.map((number, i) => Math.abs(number - shared[i])));
})();
