// Writes fixtures/episodes.safetensors: one episode of the task of each checkpoint in the playground.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRandom, createTask } from '@tapehead/tasks';
import { decodeSafetensors, encodeSafetensors } from '@tapehead/training';

const names = ['copy', 'associative-recall', 'priority-sort'];
const sizes = { copy: { minLength: 20 }, 'associative-recall': { minItems: 6 }, 'priority-sort': {} };

const tensors = new Map();
for (const name of names) {
  const file = new URL(`../../apps/playground/checkpoints/${name}.safetensors`, import.meta.url);
  const { settings } = JSON.parse(decodeSafetensors(readFileSync(file)).metadata.task);
  const episode = createTask(name, settings).episode(createRandom(15), sizes[name]);
  const { steps, inputSize, outputSize, input, target, mask } = episode;
  tensors.set(`${name}/input`, { shape: [1, steps, inputSize], values: input });
  tensors.set(`${name}/target`, { shape: [1, steps, outputSize], values: target });
  tensors.set(`${name}/mask`, { shape: [1, steps], values: mask });
}
writeFileSync(
  new URL('fixtures/episodes.safetensors', import.meta.url),
  encodeSafetensors({ metadata: {}, tensors }),
);
