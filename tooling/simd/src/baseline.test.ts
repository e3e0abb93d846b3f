import { beforeAll, describe, expect, test } from 'vitest';
import { type Assembled, assembled } from './assembled.js';
import { randomNumbers } from './randomNets.js';

interface Sizes {
  batch: number;
  steps: number;
  inputSize: number;
  outputSize: number;
  size: number;
  layers: number;
}

/** Shapes of parameters and start, as counts, in the order of the kernels' lists. */
function countsOf({ inputSize, outputSize, size, layers }: Sizes): { parameters: number[]; start: number[] } {
  const layer = (l: number) => [
    (l === 0 ? inputSize : inputSize + size) * 4 * size,
    size * 4 * size,
    4 * size,
  ];
  const all = Array.from({ length: layers }, (_, l) => layer(l)).flat();
  const start = Array.from({ length: 2 * layers }, () => size);
  return { parameters: [layers * size * outputSize, outputSize, ...all], start };
}

/** Logits and all gradients, one behind the other, of a net and a sequence that the seed decides. */
function run(module: Assembled, sizes: Sizes, seed: number): number[] {
  module.clear();
  const random = randomNumbers(seed);
  const numbers = (count: number) => Array.from({ length: count }, random);
  const { batch, steps, inputSize, outputSize, size, layers } = sizes;
  const { parameters, start } = countsOf(sizes);
  const list = module.integers([batch, steps, inputSize, outputSize, size, layers, 1]);
  const workspace = module.space(module.call('baselineWorkspaceBytes', list) / 4);
  const given = (counts: number[]) => module.integers(counts.map((count) => module.floats(numbers(count))));
  const logits = module.space(batch * steps * outputSize);
  const x = module.floats(numbers(batch * steps * inputSize));
  module.call('baselineForward', list, workspace, given(parameters), given(start), x, logits, 0);
  const gradients = [...parameters, ...start].map((count) => ({ count, at: module.space(count) }));
  const pointers = gradients.map(({ at }) => at);
  const dLogits = module.floats(numbers(batch * steps * outputSize));
  const dX = module.space(batch * steps * inputSize);
  const [ofParameters, ofStart] = [pointers.slice(0, parameters.length), pointers.slice(parameters.length)];
  const lists = [module.integers(ofParameters), module.integers(ofStart)];
  module.call('baselineBackward', list, workspace, dLogits, 0, ...lists, dX);
  return [
    ...module.read(logits, batch * steps * outputSize),
    ...gradients.flatMap(({ count, at }) => [...module.read(at, count)]),
    ...module.read(dX, batch * steps * inputSize),
  ];
}

describe('the LSTM baseline', () => {
  const modules: Assembled[] = [];
  beforeAll(async () => {
    for (const kind of ['simd', 'relaxed'] as const) {
      modules.push(await assembled('../../packages/ntm/assembly/baseline/sequence.ts', kind));
    }
  }, 60_000);

  // @tapehead/ntm holds the SIMD kernels to a transcription; Node 20 runs the relaxed ones only behind a flag.
  test.each(Array.from({ length: 20 }, (_, seed) => ({ seed })))(
    'gives in relaxed SIMD what it gives in SIMD, in values and gradients: net $seed',
    ({ seed }) => {
      const random = randomNumbers(seed);
      const among = (low: number, high: number) => low + Math.floor(((random() + 1) / 2) * (high - low + 1));
      const sizes = {
        batch: among(1, 6),
        steps: among(1, 6),
        inputSize: among(1, 11),
        outputSize: among(1, 10),
        size: among(1, 30),
        layers: among(1, 3),
      };
      const [plain = [], relaxed = []] = modules.map((module) => run(module, sizes, seed));
      const scale = Math.max(...plain.map(Math.abs));
      const worst = Math.max(...plain.map((each, i) => Math.abs(each - (relaxed[i] ?? Number.NaN))));
      expect(Number.isFinite(scale)).toBe(true);
      // The roundings of a few hundred products and six steps.
      expect(worst / scale).toBeLessThan(1e-5);
    },
  );
});
