/**
 * Brackets open and close. At each step the net is to say whether all brackets so far are closed.
 * @param {{ minLength?: number, maxLength?: number }} settings steps of an episode
 * @returns {import('@tapehead/tasks').Task}
 */
export function brackets({ minLength = 2, maxLength = 12 } = {}) {
  return {
    name: 'brackets',
    inputSize: 2,
    outputSize: 1,
    settings: { minLength, maxLength },
    // All chance comes from `random`: the same seed, the same episodes.
    episode(random, override) {
      const size = { minLength, maxLength, ...override };
      const steps = random.integer(size.minLength, size.maxLength);
      const input = new Float32Array(2 * steps); // [steps, 2]: opens, closes
      const target = new Float32Array(steps); // [steps, 1]
      let open = 0;
      for (let step = 0; step < steps; step++) {
        const opens = open === 0 || random.bit() === 1;
        open += opens ? 1 : -1;
        input[2 * step + (opens ? 0 : 1)] = 1;
        target[step] = open === 0 ? 1 : 0;
      }
      return {
        steps,
        inputSize: 2,
        outputSize: 1,
        input,
        target,
        mask: new Float32Array(steps).fill(1), // every step counts
        view: {
          title: `brackets: ${steps} steps`,
          inputChannels: ['(', ')'],
          outputChannels: ['closed'],
          text: 'input and answer',
        },
      };
    },
    axes: [
      {
        name: 'length',
        unit: 'steps',
        trained: { least: minLength, most: maxLength },
        measured: [12, 24],
        at: (length) => ({ minLength: length, maxLength: length }),
      },
    ],
  };
}
