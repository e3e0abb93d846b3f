import { address, contentAddressing, headParameters, headSize } from '@tapehead/addressing';
import {
  allocationWeighting,
  backwardWeighting,
  forwardWeighting,
  readWeighting,
  retentionVector,
  updateLinks,
  updatePrecedence,
  updateUsage,
  writeWeighting,
} from '@tapehead/addressing/dnc';
import { lstmStep } from '@tapehead/controller';
import { read, write } from '@tapehead/memory';
import {
  add,
  cast,
  concat,
  expandDims,
  gather,
  matMul,
  moments,
  mul,
  oneHot,
  randomUniform,
  reshape,
  rsqrt,
  sigmoid,
  slice,
  softmax,
  softplus,
  split,
  squeeze,
  sub,
  type Tensor,
  tanh,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Leaf } from '../trace/record.js';
import type { Trial } from './compare.js';

const floats = (...shape: number[]): Leaf => ({ shape, dtype: 'float32' });

/** A stream of weights, the same for the same seed. */
function weightStream(seed: number): (...shape: number[]) => Tensor {
  let next = seed;
  return (...shape) => randomUniform(shape, -0.5, 0.5, 'float32', next++);
}

/** The tensors of a list, of which there must be as many as are taken. */
function taken(tensors: readonly Tensor[], place: number): Tensor {
  const tensor = tensors[place];
  if (!tensor) throw new Error(`no tensor ${place}`);
  return tensor;
}
const pieces = (x: Tensor, sizes: number[], axis = -1) => {
  const parts = split(x, sizes, axis);
  return (place: number) => taken(parts, place);
};

/** h' = tanh([x, h] · W + b) */
export function rnn(inputs: number, units: number): Trial {
  const weights = weightStream(1);
  const [w, b] = [weights(inputs + units, units), weights(units)];
  return {
    step: ([x, ..._], [h]) => {
      const next = tanh(
        add(
          matMul(
            concat(
              [x, h].flatMap((each) => each ?? []),
              1,
            ),
            w,
          ),
          b,
        ),
      );
      return { outputs: [next], state: [next] };
    },
    x: [floats(inputs)],
    state: [floats(units)],
  };
}

export function lstm(inputs: number, units: number): Trial {
  const weights = weightStream(2);
  const all = {
    kernel: weights(inputs, 4 * units),
    recurrentKernel: weights(units, 4 * units),
    bias: weights(4 * units),
  };
  return {
    step: (x, state) => {
      const { h, c } = lstmStep(taken(x, 0), { h: taken(state, 0), c: taken(state, 1) }, all);
      return { outputs: [h], state: [h, c] };
    },
    x: [floats(inputs)],
    state: [floats(units), floats(units)],
  };
}

export function gru(inputs: number, units: number): Trial {
  const weights = weightStream(3);
  const [w, u, b] = [weights(inputs, 3 * units), weights(units, 3 * units), weights(3 * units)];
  const sizes = [units, units, units];
  return {
    step: (x, state) => {
      const h = taken(state, 0);
      const fromX = pieces(add(matMul(taken(x, 0), w), b), sizes);
      const fromH = pieces(matMul(h, u), sizes);
      const [z, r] = [sigmoid(add(fromX(0), fromH(0))), sigmoid(add(fromX(1), fromH(1)))];
      const candidate = tanh(add(fromX(2), mul(r, fromH(2))));
      const next = add(mul(z, h), mul(sub(1, z), candidate));
      return { outputs: [next], state: [next] };
    },
    x: [floats(inputs)],
    state: [floats(units)],
  };
}

/** A Neural Turing Machine of `heads` read and as many write heads, of the parts of the packages. */
export function ntm(inputs: number, units: number, n: number, m: number, heads: number): Trial {
  const weights = weightStream(4);
  const width = heads * headSize({ memoryDim: m });
  const kernel = {
    kernel: weights(inputs + heads * m, 4 * units),
    recurrentKernel: weights(units, 4 * units),
    bias: weights(4 * units),
  };
  const said = weights(units, 2 * width + 2 * heads * m);
  const output = weights(units + heads * m, inputs);
  return {
    step: (given, state) => {
      const [x, readWeights, writeWeights, reads] = [
        taken(given, 0),
        ...[3, 4, 5].map((i) => taken(state, i)),
      ];
      if (!readWeights || !writeWeights || !reads) throw new Error('no state');
      const { h, c } = lstmStep(concat([x, reads], 1), { h: taken(state, 0), c: taken(state, 1) }, kernel);
      const parts = pieces(matMul(h, said), [width, width, heads * m, heads * m]);
      const ofHeads = (numbers: Tensor) => reshape(numbers, [-1, heads, m]);
      const memory = taken(state, 2);
      const written = address(headParameters(parts(0), { memoryDim: m }), memory, writeWeights);
      const next = write(memory, written, ofHeads(sigmoid(parts(2))), ofHeads(tanh(parts(3))));
      const readBy = address(headParameters(parts(1), { memoryDim: m }), next, readWeights);
      const nextReads = reshape(read(next, readBy), [-1, heads * m]);
      const out = matMul(concat([h, nextReads], 1), output);
      return { outputs: [out], state: [h, c, next, readBy, written, nextReads] };
    },
    x: [floats(inputs)],
    state: [
      floats(units),
      floats(units),
      floats(n, m),
      floats(heads, n),
      floats(heads, n),
      floats(heads * m),
    ],
  };
}

/** A Differentiable Neural Computer, as the guide composes it. */
export function dnc(inputs: number, units: number, n: number, m: number, heads: number): Trial {
  const weights = weightStream(5);
  const kernel = {
    kernel: weights(inputs + heads * m, 4 * units),
    recurrentKernel: weights(units, 4 * units),
    bias: weights(4 * units),
  };
  const widths = [m, 1, m, m, 1, 1, heads, heads * m, heads, 3 * heads];
  const said = weights(
    units,
    widths.reduce((sum, each) => sum + each),
  );
  const output = weights(units + heads * m, inputs);
  const strength = (beta: Tensor) => add(1, softplus(beta));
  const ofHeads = (numbers: Tensor, size: number) => reshape(numbers, [-1, heads, size]);
  return {
    step: (given, state) => {
      const at = (place: number) => taken(state, place);
      const { h, c } = lstmStep(concat([taken(given, 0), at(8)], 1), { h: at(0), c: at(1) }, kernel);
      const parts = pieces(matMul(h, said), widths);
      const usage = updateUsage(at(3), at(4), retentionVector(sigmoid(parts(6)), at(7)));
      const found = contentAddressing(parts(0), at(2), strength(parts(1)));
      const allocated = allocationWeighting(usage);
      const written = writeWeighting(sigmoid(parts(4)), sigmoid(parts(5)), allocated, found);
      const memory = write(at(2), written, sigmoid(parts(2)), parts(3));
      const links = updateLinks(at(6), at(5), written);
      const precedence = updatePrecedence(at(5), written);
      const readBy = readWeighting(
        softmax(ofHeads(parts(9), 3)),
        backwardWeighting(links, at(7)),
        contentAddressing(ofHeads(parts(7), m), memory, strength(parts(8))),
        forwardWeighting(links, at(7)),
      );
      const reads = reshape(read(memory, readBy), [-1, heads * m]);
      const out = matMul(concat([h, reads], 1), output);
      return { outputs: [out], state: [h, c, memory, usage, written, precedence, links, readBy, reads] };
    },
    // A usage or a weighting below 0 has no meaning, and gives NaN.
    start: [0, 0.2],
    x: [floats(inputs)],
    state: [
      ...[floats(units), floats(units), floats(n, m), floats(n), floats(n), floats(n)],
      ...[floats(n, n), floats(heads, n), floats(heads * m)],
    ],
  };
}

/** Looks up a symbol, writes its key and value where the memory is most like it, and reads it. */
export function keyValueMemory(symbols: number, n: number, m: number): Trial {
  const weights = weightStream(6);
  const [keys, values, start] = [weights(symbols, m), weights(symbols, m), weights(n, m)];
  return {
    step: (x, state) => {
      const symbol = taken(x, 0);
      const [key, value] = [gather(keys, symbol), gather(values, symbol)];
      const memory = add(taken(state, 0), expandDims(start, 0));
      const where = contentAddressing(key, memory, 2);
      const next = write(memory, where, sigmoid(value), value);
      const out = read(next, contentAddressing(value, next, 3));
      return { outputs: [out, cast(oneHot(cast(symbol, 'int32'), symbols), 'float32')], state: [next] };
    },
    x: [{ shape: [], dtype: 'int32' }],
    state: [floats(n, m)],
  };
}

/** (h - mean) / √(variance + ε) · gain + bias, of an RNN. */
export function layerNorm(inputs: number, units: number): Trial {
  const weights = weightStream(7);
  const [w, u, gain, bias] = [weights(inputs, units), weights(units, units), weights(units), weights(units)];
  return {
    step: (x, state) => {
      const raw = add(matMul(taken(x, 0), w), matMul(taken(state, 0), u));
      const { mean, variance } = moments(raw, -1, true);
      const normal = mul(sub(raw, mean), rsqrt(add(variance, 1e-3)));
      const next = tanh(add(mul(normal, gain), bias));
      return { outputs: [next], state: [next] };
    },
    x: [floats(inputs)],
    state: [floats(units)],
  };
}

/** Attention over the last `window` inputs, with a mask of those that are there. */
export function attention(inputs: number, units: number, window: number): Trial {
  const weights = weightStream(8);
  const [q, k, v] = [weights(inputs, units), weights(inputs, units), weights(inputs, units)];
  return {
    step: (given, state) => {
      const x = taken(given, 0);
      const row = expandDims(x, 1);
      const history = concat([slice(taken(state, 0), [0, 1, 0], [-1, -1, -1]), row], 1);
      const flat = reshape(history, [-1, inputs]);
      const keys = reshape(matMul(flat, k), [-1, window, units]);
      const values = reshape(matMul(flat, v), [-1, window, units]);
      const scores = mul(matMul(expandDims(matMul(x, q), 1), keys, false, true), 1 / Math.sqrt(units));
      const out = squeeze(matMul(softmax(add(scores, expandDims(taken(given, 1), 1))), values), [1]);
      return { outputs: [out], state: [history] };
    },
    x: [floats(inputs), floats(window)],
    state: [floats(window, inputs)],
  };
}

/** A queue: what goes in comes out `length` steps later. All of it is moved, and nothing computed. */
export function queue(inputs: number, length: number): Trial {
  return {
    step: (x, state) => {
      const all = concat([...state, taken(x, 0), zeros([taken(x, 0).shape[0] ?? 0, 1])], 1);
      const next = slice(all, [0, inputs], [-1, inputs * length]);
      return { outputs: [slice(all, [0, 0], [-1, inputs]), taken(x, 0)], state: [next] };
    },
    x: [floats(inputs)],
    state: [floats(inputs * length)],
  };
}
