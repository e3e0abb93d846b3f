/**
 * A regression. Numbers from −1 to 1 come in, and at each step the mean of all numbers so far is wanted.
 * @param {{ minLength?: number, maxLength?: number }} settings steps of an episode
 */
export function task({ minLength = 4, maxLength = 12 } = {}) {
  return {
    name: 'running-mean',
    inputSize: 1,
    outputSize: 1,
    targets: 'numbers',
    settings: { minLength, maxLength },
    episode(random, override) {
      const size = { minLength, maxLength, ...override };
      const steps = random.integer(size.minLength, size.maxLength);
      const input = Float32Array.from({ length: steps }, () => 2 * random.uniform() - 1);
      let sum = 0;
      const target = input.map((number, step) => {
        sum += number;
        return sum / (step + 1);
      });
      return { steps, inputSize: 1, outputSize: 1, input, target, mask: new Float32Array(steps).fill(1) };
    },
    axes: [
      {
        name: 'length',
        unit: 'numbers',
        trained: { least: minLength, most: maxLength },
        measured: [4, 8, 12, 16, 24],
        at: (length) => ({ minLength: length, maxLength: length }),
      },
    ],
  };
}
