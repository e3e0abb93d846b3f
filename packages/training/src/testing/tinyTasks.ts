import type { Episode, Task } from '@tapehead/tasks';

function task(name: string, width: number, episodeOf: Task['episode']): Task {
  return {
    name,
    inputSize: width,
    outputSize: width,
    settings: {},
    episode: episodeOf,
    axes: [],
  };
}

function episode(width: number, input: readonly number[], target: readonly number[]): Episode {
  const steps = target.length / width;
  const channels = Array.from({ length: width }, (_, i) => `bit ${i}`);
  return {
    steps,
    inputSize: width,
    outputSize: width,
    input: Float32Array.from(input),
    target: Float32Array.from(target),
    mask: new Float32Array(steps).fill(1),
    view: { title: '', inputChannels: channels, outputChannels: channels },
  };
}

/** 1 to 4 steps of 3 random bits, and the answer is the input of the same step: learnable without a memory. */
export const echo = task('echo', 3, (random) => {
  const bits = Array.from({ length: 3 * random.integer(1, 4) }, () => random.bit());
  return episode(3, bits, bits);
});

/** 3 steps of a random bit, and the answer is the bit of the step before; at the first step, that of the sequence before. */
export const delay = task('delay', 1, (random) => {
  const bits = Array.from({ length: 3 }, () => random.bit());
  return episode(1, bits, [0, ...bits.slice(0, -1)]);
});

/** One step, one channel, and the answer is always 0. */
export const silence = task('silence', 1, () => episode(1, [0], [0]));
