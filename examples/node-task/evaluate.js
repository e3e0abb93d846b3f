// node evaluate.js: measures the net of train.js on new episodes.
import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { axisOf, batchOf, createRandom, episodeText, wrongBits } from '@tapehead/tasks';
import { restoreParameters } from '@tapehead/training';
import { loadCheckpoint } from '@tapehead/training/node';
import { dispose } from '@tensorflow/tfjs-core';
import { brackets } from './task.js';

const EPISODES = 100;

await useBackend();
await registerFused();

const state = await loadCheckpoint('brackets.safetensors');
const net = NTM.build(state.model);
restoreParameters(net, state.parameters);

const task = brackets(state.task.settings);
const length = axisOf(task, 'length');
for (const steps of length.measured) {
  // Not the seed of training.
  const random = createRandom(1000);
  const episodes = Array.from({ length: EPISODES }, () => task.episode(random, length.at(steps)));
  const logits = await answersTo(episodes);
  const wrong = wrongBits(logits, episodes).reduce((sum, bits) => sum + bits, 0);
  console.log(`${steps} steps: ${wrong} of ${steps * EPISODES} answers wrong`);
}

const episode = task.episode(createRandom(1001));
console.log(`\n${episodeText(episode, await answersTo([episode]))}`);

async function answersTo(episodes) {
  const batch = batchOf(episodes);
  const { logits, ...others } = net.sequence(batch.input);
  const answers = await logits.data();
  dispose([batch, logits, others]);
  return answers;
}
