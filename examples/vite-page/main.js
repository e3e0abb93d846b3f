import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { batchOf, copy, createRandom } from '@tapehead/tasks';
import { createRun, gravesRmsProp, isSolved, train } from '@tapehead/training';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { dispose } from '@tensorflow/tfjs-core';

const [WIDTH, LENGTH, PIXELS] = [3, 5, 30];
const toggle = document.querySelector('#toggle');
const state = document.querySelector('#state');

await useBackend('cpu'); // needs no files of its own; the kernels below do the work
await registerSequence(); // a whole sequence is one kernel call
await registerOptimizer(); // and so is a step of RMSProp

const task = copy({ width: WIDTH, minLength: 1, maxLength: LENGTH });
const net = NTM.build({
  inputSize: task.inputSize,
  outputSize: task.outputSize,
  memorySize: 12,
  memoryDim: 8,
  controller: 'feedforward',
  controllerSize: 32,
  seed: 1,
});
const run = createRun({ model: net, task, optimizer: gravesRmsProp({ learningRate: 1e-3 }), seed: 1 });
const shown = task.episode(createRandom(1000), { minLength: LENGTH });

let stopping;
toggle.addEventListener('click', () => (stopping === undefined ? learn() : stopping.abort()));
await showAnswer();

async function learn() {
  stopping = new AbortController();
  toggle.textContent = 'Stop';
  // `train` gives the event loop its turn, so that the page stays alive.
  for await (const { sequences, meanCost, unit } of train(run, {
    until: 'solved',
    signal: stopping.signal,
  })) {
    if (sequences % 200 !== 0) continue;
    state.textContent = `${sequences} sequences: ${meanCost.toFixed(3)} ${unit}`;
    await showAnswer();
  }
  stopping = undefined;
  toggle.textContent = 'Train';
  state.textContent = `${isSolved(run) ? 'solved' : 'stopped'} after ${run.sequences} sequences`;
  await showAnswer();
}

async function showAnswer() {
  const batch = batchOf([shown]);
  const { output, ...others } = net.sequence(batch.input);
  draw('#wanted', shown.target);
  draw('#answer', await output.data());
  dispose([batch, output, others]);
}

/** The steps at which an answer is wanted, one below the other. */
function draw(canvas, values) {
  const context = document.querySelector(canvas).getContext('2d');
  const from = shown.mask.indexOf(1);
  for (let row = 0; row < LENGTH; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const light = Math.round(255 * (1 - values[(from + row) * WIDTH + column]));
      context.fillStyle = `rgb(${light} ${light} ${light})`;
      context.fillRect(column * PIXELS, row * PIXELS, PIXELS - 1, PIXELS - 1);
    }
  }
}
