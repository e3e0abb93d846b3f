// node train.js [SEQUENCES]: trains to that many sequences in all, and goes on where the last call stopped.
import { existsSync } from 'node:fs';
import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { captureState, createRun, gravesRmsProp, isSolved, resumeRun, train } from '@tapehead/training';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { loadCheckpoint, saveCheckpoint } from '@tapehead/training/node';
import { brackets } from './task.js';

const FILE = 'brackets.safetensors';
const sequences = Number(process.argv[2] ?? 10_000);

const { reason } = await useBackend();
console.log(`backend ${reason}`);
await registerSequence(); // a whole sequence is one kernel call
await registerOptimizer(); // and so is a step of RMSProp

const run = existsSync(FILE) ? await goOn() : begin();

// Ctrl-C stops after the step in hand, and the run is saved.
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

for await (const { sequences: done, meanCost, unit } of train(run, {
  sequences,
  until: 'solved',
  signal: stopping.signal,
})) {
  if (done % 1000 === 0) console.log(`${done} sequences: ${meanCost.toFixed(3)} ${unit}`);
}
await saveCheckpoint(FILE, await captureState(run));
console.log(`${isSolved(run) ? 'solved' : 'not solved'} after ${run.sequences} sequences, saved to ${FILE}`);

function begin() {
  const task = brackets();
  const model = NTM.build({
    inputSize: task.inputSize,
    outputSize: task.outputSize,
    memorySize: 16,
    memoryDim: 8,
    controllerSize: 32,
    seed: 1,
  });
  return createRun({ model, task, optimizer: gravesRmsProp({ learningRate: 1e-3 }), seed: 1 });
}

async function goOn() {
  const state = await loadCheckpoint(FILE);
  console.log(`goes on after ${state.sequences} sequences`);
  // A checkpoint holds the name and the settings of a task, and not its code.
  return resumeRun({ model: NTM.build(state.model), state, task: brackets(state.task.settings) });
}
