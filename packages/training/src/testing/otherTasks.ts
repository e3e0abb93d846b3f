import type { Episode, Random, Task } from '@tapehead/tasks';

/** 2 to 5 numbers from −1 to 1; wanted is half of their sum so far, at the first step and at every other one after it. */
export const sums: Task = {
  name: 'sums',
  inputSize: 1,
  outputSize: 1,
  targets: 'numbers',
  settings: {},
  axes: [],
  episode(random) {
    const steps = random.integer(2, 5);
    const input = Float32Array.from({ length: steps }, () => 2 * random.uniform() - 1);
    let sum = 0;
    const target = input.map((number) => {
      sum += number;
      return sum / 2;
    });
    return episode(input, target, { steps, outputSize: 1 });
  },
};

/** 2 to 5 bits; wanted is how many were 1 so far, modulo 3: one of three classes. */
export const counts: Task = {
  name: 'counts',
  inputSize: 1,
  outputSize: 3,
  targets: 'classes',
  settings: {},
  axes: [],
  episode(random: Random) {
    const steps = random.integer(2, 5);
    const input = Float32Array.from({ length: steps }, () => random.bit());
    const target = new Float32Array(3 * steps);
    let count = 0;
    for (const [step, bit] of input.entries()) {
      count += bit;
      target[3 * step + (count % 3)] = 1;
    }
    return episode(input, target, { steps, outputSize: 3 });
  },
};

function episode(
  input: Float32Array,
  target: Float32Array,
  { steps, outputSize }: { readonly steps: number; readonly outputSize: number },
): Episode {
  const mask = input.map((_, step) => (step + 1) % 2);
  for (const [i] of target.entries()) target[i] = (target[i] ?? 0) * (mask[Math.floor(i / outputSize)] ?? 0);
  const names = Array.from({ length: outputSize }, (_, i) => `y${i}`);
  const view = { title: '', inputChannels: ['x'], outputChannels: names };
  return { steps, inputSize: 1, outputSize, input, target, mask, view };
}
