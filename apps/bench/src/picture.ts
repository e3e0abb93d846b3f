import { LSTMBaseline, NTM } from '@tapehead/ntm';
import { batchOf, type Episode, scoredBits } from '@tapehead/tasks';
import { type Cost, sigmoidCrossEntropy } from '@tapehead/training';
import { replaceFile } from '@tapehead/training/node';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import { drawMemoryUse, type MemoryUse } from './draw/memoryUse.js';
import { pngOf } from './draw/png.js';
import type { Series } from './draw/series.js';
import { type Measure, measureAll } from './evaluation.js';
import { UsageError } from './exit.js';
import type { Net } from './net.js';
import { costText, count } from './output.js';

/**
 * Draws what the heads of the net do in an episode to an .svg or a .png file.
 * @throws UsageError for a net without a memory
 */
export async function savePicture(
  net: Net,
  episode: Episode,
  path: string,
  cost: Cost = sigmoidCrossEntropy,
): Promise<void> {
  if (!(net instanceof NTM)) {
    const got = net instanceof LSTMBaseline ? 'an LSTM alone' : 'a model that is no NTM';
    throw new UsageError(`--checkpoint: expected that of a net with a memory, got that of ${got}`);
  }
  const svg = drawMemoryUse(await memoryUse(net, episode, cost));
  await replaceFile(path, /\.png$/i.test(path) ? pngOf(svg) : svg);
}

async function memoryUse(net: NTM, episode: Episode, cost: Cost): Promise<MemoryUse> {
  const measured = await measureAll(net, [episode], cost);
  const { input, target, mask } = batchOf([episode], cost.targets);
  const sequence = net.sequence(input, { trace: true });
  try {
    const { output, trace } = sequence;
    const answerFrom = Math.max(0, episode.mask.indexOf(1));
    const when = answerFrom === 0 ? 'at every step' : 'from the dashed line on';
    return {
      title: episode.view.title.replace(/^./, (letter) => letter.toUpperCase()),
      subtitle: `${qualityText(measured, episode)}. The answer is wanted ${when}.`,
      inputs: { values: episode.input, steps: episode.steps, size: episode.inputSize },
      outputs: { values: await output.data<'float32'>(), steps: episode.steps, size: episode.outputSize },
      answerFrom,
      adds: await perHead(trace.writeHeads.add),
      reads: await perHead(trace.reads),
      writeWeightings: await perHead(trace.writeWeights),
      readWeightings: await perHead(trace.readWeights),
    };
  } finally {
    dispose([input, target, mask]);
    dispose(sequence);
  }
}

function qualityText({ cost, unit, wrong }: Measure, episode: Episode): string {
  if (wrong === undefined) return costText(cost, unit);
  const all = wrong.of === 'bits' ? scoredBits(episode) : scoredBits(episode) / episode.outputSize;
  return `${count(wrong.count)} of ${count(all)} ${wrong.of} wrong`;
}

/** `[1, T, heads, size]` → one `[T, size]` for each head. */
async function perHead(traced: Tensor): Promise<Series[]> {
  const [, steps = 0, heads = 0, size = 0] = traced.shape;
  const all = await traced.data<'float32'>();
  return Array.from({ length: heads }, (_, head) => {
    const values = new Float32Array(steps * size);
    for (let t = 0; t < steps; t++) {
      const from = (t * heads + head) * size;
      values.set(all.subarray(from, from + size), t * size);
    }
    return { values, steps, size };
  });
}
