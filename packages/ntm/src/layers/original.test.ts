import { expectClose, onEachBackend } from '@tapehead/testing';
import { randomNormal, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { build } from '../layers.js';

// A step of Edifice.Memory.NTM in float64, written from its documented formulas: single sequence, one head each.

type Vector = readonly number[];
type Matrix = readonly Vector[];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.log1p(Math.exp(x));
const dot = (a: Vector, b: Vector) => a.reduce((sum, each, i) => sum + each * (b[i] ?? Number.NaN), 0);
const normalised = (values: Vector) => {
  const total = values.reduce((sum, each) => sum + each, 0);
  return values.map((each) => each / total);
};
const softmax = (values: Vector) => normalised(values.map((each) => Math.exp(each)));
const column = (matrix: Matrix, j: number) => matrix.map((row) => row[j] ?? Number.NaN);
const columns = (matrix: Matrix) => (matrix[0] ?? []).map((_, j) => column(matrix, j));
const dense = (x: Vector, kernel: Matrix, bias: Vector) =>
  columns(kernel).map((each, j) => dot(x, each) + (bias[j] ?? 0));

/** What each head looks at: content, interpolation with uniform weights, a shift of −1, 0, 1, sharpening. */
function address(raw: Vector, memory: Matrix): Vector {
  const width = memory[0]?.length ?? 0;
  const key = raw.slice(0, width);
  const [beta = 0, gate = 0, back = 0, stay = 0, on = 0, gamma = 0] = raw.slice(width, width + 6);
  const length = (row: Vector) => Math.sqrt(dot(row, row) + 1e-8);
  const content = softmax(
    memory.map((row) => (softplus(beta) * dot(key, row)) / (length(key) * length(row))),
  );
  const g = sigmoid(gate);
  const gated = content.map((each) => g * each + (1 - g) / memory.length);
  const shift = softmax([back, stay, on]);
  const at = (i: number) => gated[(i + memory.length) % memory.length] ?? Number.NaN;
  const shifted = gated.map((_, i) => dot(shift, [at(i + 1), at(i), at(i - 1)]));
  return normalised(shifted.map((each) => (each + 1e-8) ** (1 + softplus(gamma))));
}

const read = (weights: Vector, memory: Matrix) => columns(memory).map((each) => dot(weights, each));

function write(raw: Vector, memory: Matrix): Matrix {
  const width = memory[0]?.length ?? 0;
  const weights = address(raw, memory);
  const erase = raw.slice(width + 6, 2 * width + 6).map(sigmoid);
  const added = raw.slice(2 * width + 6);
  return memory.map((row, i) => {
    const w = weights[i] ?? Number.NaN;
    return row.map((cell, j) => cell * (1 - w * (erase[j] ?? 0)) + w * (added[j] ?? 0));
  });
}

/** h of an LSTM from zeros; the gates are in the order i, f, g, o. */
function lstm(x: Vector, kernel: Matrix, bias: Vector): Vector {
  const gates = dense(x, kernel, bias);
  const units = gates.length / 4;
  const [i, , g, o] = [0, 1, 2, 3].map((k) => gates.slice(k * units, (k + 1) * units));
  return (o ?? []).map((each, u) => sigmoid(each) * Math.tanh(sigmoid(i?.[u] ?? 0) * Math.tanh(g?.[u] ?? 0)));
}

const vectorOf = (tensor: Tensor | undefined): number[] => Array.from(tensor?.dataSync() ?? []);

/** The numbers of a tensor in rows. */
function rowsOf(tensor: Tensor | undefined, width = tensor?.shape[1] ?? 1): number[][] {
  const flat = vectorOf(tensor);
  return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
}

onEachBackend('build with its defaults', () => {
  test('gives the numbers of the original', () => {
    const model = build({ inputSize: 5, memorySize: 7, memoryDim: 4, controllerSize: 6, outputSize: 3 });
    tidy(() => {
      // Biases too, which start at 0.
      model.setWeights(model.getWeights().map(({ shape }, i) => randomNormal(shape, 0, 1, 'float32', i + 1)));
      const layer = (name: string) => model.getLayer(name).getWeights();
      const x = randomNormal([1, 5], 0, 1, 'float32', 20);
      const rows = randomNormal([1, 7, 4], 0, 1, 'float32', 21);
      const output = model.predict([x, rows]);
      if (Array.isArray(output)) throw new Error('one output');

      const memory = rowsOf(rows, 4);
      const u = [
        ...vectorOf(x),
        ...read(
          memory.map(() => 1 / memory.length),
          memory,
        ),
      ];
      const [kernel, , bias] = layer('controller_lstm');
      const h = lstm(u, rowsOf(kernel), vectorOf(bias));
      const raw = (name: string) => dense(h, rowsOf(layer(name)[0]), vectorOf(layer(name)[1]));
      const written = write(raw('write_head'), memory);
      const seen = read(address(raw('read_head'), written), written);
      const [outputKernel, outputBias] = layer('ntm_output');
      expectClose(output, dense([...h, ...seen], rowsOf(outputKernel), vectorOf(outputBias)), 1e-5);
    });
    model.dispose();
  });
});
