// Prints how far trained nets in JavaScript are from the same nets in PyTorch, whose float64 answers are in fixtures/.
import { readFileSync } from 'node:fs';
import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { decodeSafetensors, restoreParameters } from '@tapehead/training';
import { loadCheckpoint } from '@tapehead/training/node';
import { mean, softplus, tensor3d, tidy } from '@tensorflow/tfjs-core';

const read = (name) => decodeSafetensors(readFileSync(new URL(`fixtures/${name}`, import.meta.url))).tensors;
const [episodes, answers] = [read('episodes.safetensors'), read('checkpoint-answers.safetensors')];

/** The largest |actual − wanted|. */
function distance(actual, wanted) {
  return actual.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i])), 0);
}

/** Of the largest entry of a gradient. */
function relative(actual, wanted) {
  return distance(actual, wanted) / wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

await registerFused();
for (const backend of ['cpu', 'wasm']) {
  await useBackend(backend);
  for (const engine of ['reference', 'fused']) {
    for (const name of ['copy', 'associative-recall', 'priority-sort']) {
      const file = new URL(`../../apps/playground/checkpoints/${name}.safetensors`, import.meta.url);
      const { model, parameters } = await loadCheckpoint(file);
      const net = NTM.build({ ...model, engine });
      restoreParameters(net, parameters);
      tidy(() => {
        const { shape, values } = episodes.get(`${name}/input`);
        const x = tensor3d(values, shape);
        const output = distance(net.sequence(x).output.dataSync(), answers.get(`${name}/output`).values);
        const { grads } = net.differentiate(x, (logits) => mean(softplus(logits)));
        const gradients = Object.entries(net.parameters).flatMap(([key, variable]) => {
          const wanted = answers.get(`${name}/gradients.${key}`);
          return wanted === undefined ? [] : [relative(grads[variable.name].dataSync(), wanted.values)];
        });
        const cells = [
          name,
          backend,
          engine,
          output.toExponential(0),
          Math.max(...gradients).toExponential(0),
        ];
        process.stdout.write(`| ${cells.join(' | ')} |\n`);
      });
      net.dispose();
    }
  }
}
