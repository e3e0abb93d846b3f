import { LSTMBaseline, NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { copy, createRandom, type Episode } from '@tapehead/tasks';
import { expectClose, onEachBackend } from '@tapehead/testing';
import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { objectivePerUnit, weightOf } from './costs/count.js';
import { meanSquaredError } from './costs/meanSquaredError.js';
import { sigmoidCrossEntropy } from './costs/sigmoidCrossEntropy.js';
import { gradientsOf } from './gradients.js';
import type { SequenceModel } from './model.js';

const task = copy({ width: 2, maxLength: 5 });
const sizes = { inputSize: task.inputSize, outputSize: task.outputSize, seed: 1 };
const nets = {
  NTM: (engine: 'fused' | 'reference') =>
    NTM.build({ ...sizes, memorySize: 6, memoryDim: 3, controllerSize: 5, engine }),
  LSTMBaseline: (engine: 'fused' | 'reference') => LSTMBaseline.build({ ...sizes, size: 4, engine }),
};

/** Episodes that have no two lengths in common. */
function episodesOf(count: number): Episode[] {
  const random = createRandom(3);
  const byLength = new Map<number, Episode>();
  while (byLength.size < count) {
    const episode = task.episode(random);
    byLength.set(episode.steps, episode);
  }
  return [...byLength.values()];
}

onEachBackend('a batch of episodes of different lengths', () => {
  beforeAll(registerFused);

  describe.each(Object.entries(nets))('%s', (_, build) => {
    test.each(['fused', 'reference'] as const)(
      '%s: its gradients are the weighted mean of those of each episode',
      (engine) => {
        const net = build(engine);
        const model: SequenceModel = net;
        tidy(() => {
          const episodes = episodesOf(4);
          for (const cost of [sigmoidCrossEntropy, meanSquaredError]) {
            const objective = 'sum';
            const scaled = { cost, scale: objectivePerUnit(cost, objective, episodes) };
            const all = gradientsOf(model, episodes, scaled);
            const alone = episodes.map((episode) => gradientsOf(model, [episode], scaled));
            const mean = (pick: (of: (typeof alone)[number]) => Tensor | undefined) =>
              sumOf(
                alone.map((each, i) => {
                  const weight = weightOf(cost.over, episodes.slice(i, i + 1), episodes);
                  return Array.from(pick(each)?.dataSync() ?? [], (number) => weight * number);
                }),
              );
            const [value = 0] = all.measures.dataSync();
            // Sums over sequences are in another order.
            expectClose([value], mean(({ measures }) => measures).slice(0, 1), 1e-5);
            for (const [name, gradient] of Object.entries(all.gradients)) {
              expectClose(
                gradient,
                mean(({ gradients }) => gradients[name]),
                2e-5,
                name,
              );
            }
          }
        });
        net.dispose();
      },
    );

    test('an episode has the same answer beside a longer one', () => {
      const net = build('fused');
      tidy(() => {
        const [one, other] = episodesOf(4).sort((a, b) => a.steps - b.steps);
        if (!one || !other) throw new Error('there are four');
        const cost = sigmoidCrossEntropy;
        const scaled = { cost, scale: objectivePerUnit(cost, 'sum', [one]) };
        const blank: Episode = { ...other, mask: new Float32Array(other.steps) };
        const [alone = 0] = gradientsOf(net, [one], scaled).measures.dataSync();
        const [beside = 0] = gradientsOf(net, [one, blank], scaled).measures.dataSync();
        expect(2 * beside).toBeCloseTo(alone, 5);
      });
      net.dispose();
    });
  });
});

function sumOf(rows: readonly number[][]): number[] {
  const [first = []] = rows;
  return first.map((_, i) => rows.reduce((total, row) => total + (row[i] ?? 0), 0));
}
