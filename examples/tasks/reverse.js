/** Bits of a vector. */
const WIDTH = 4;

/**
 * Episodes of different lengths. Vectors of bits come in, then a mark, and the vectors are wanted backwards. A batch
 * is as long as its longest episode; steps after the end of a shorter one do not count.
 * @param {{ minLength?: number, maxLength?: number }} settings vectors of an episode
 */
export function task({ minLength = 1, maxLength = 8 } = {}) {
  const inputSize = WIDTH + 1;
  return {
    name: 'reverse',
    inputSize,
    outputSize: WIDTH,
    settings: { minLength, maxLength },
    episode(random, override) {
      const size = { minLength, maxLength, ...override };
      const length = random.integer(size.minLength, size.maxLength);
      const steps = 2 * length + 1;
      const input = new Float32Array(steps * inputSize); // [steps, bits and the mark]
      const target = new Float32Array(steps * WIDTH); // [steps, bits]
      for (let vector = 0; vector < length; vector++) {
        for (let bit = 0; bit < WIDTH; bit++) {
          const value = random.bit();
          input[vector * inputSize + bit] = value;
          target[(steps - 1 - vector) * WIDTH + bit] = value;
        }
      }
      input[length * inputSize + WIDTH] = 1;
      const mask = new Float32Array(steps).fill(1, length + 1);
      return { steps, inputSize, outputSize: WIDTH, input, target, mask };
    },
    axes: [
      {
        name: 'length',
        unit: 'vectors',
        trained: { least: minLength, most: maxLength },
        measured: [4, 8, 12, 16],
        at: (length) => ({ minLength: length, maxLength: length }),
      },
    ],
  };
}
