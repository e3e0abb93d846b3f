// The net in float64, slowly and obviously: what the whole-sequence kernel must agree with.

export interface Sizes {
  batch: number;
  steps: number;
  inputSize: number;
  outputSize: number;
  units: number;
  layers: number;
  N: number;
  M: number;
  readHeads: number;
  writeHeads: number;
  shifts: number;
  controller: 'lstm' | 'feedforward';
  bounded: boolean;
  writeFirst: boolean;
}

/** Row-major tensors by name: the parameters, the state of the start, and the input. */
export type Tensors = Record<string, Float64Array>;

type Row = number[];

interface State {
  memory: Row[];
  weights: Row[];
  reads: Row[];
  h: Row[];
  c: Row[];
}

/** Logits [B, T, O] and the states after the last step. */
export function transcription(sizes: Sizes, tensors: Tensors): { logits: number[]; states: State[] } {
  const logits: number[] = [];
  const states = range(sizes.batch).map((b) => {
    const state = startOf(sizes, tensors, b);
    for (const t of range(sizes.steps)) {
      const from = (b * sizes.steps + t) * sizes.inputSize;
      const x = Array.from(tensor(tensors, 'x').slice(from, from + sizes.inputSize));
      logits.push(...step(sizes, tensors, x, state));
    }
    return state;
  });
  return { logits, states };
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const dot = (a: Row, b: Row) => a.reduce((sum, x, i) => sum + x * at(b, i), 0);
const norm = (a: Row) => Math.max(Math.sqrt(dot(a, a)), 1e-8);
const at = (row: ArrayLike<number>, i: number) => row[i] ?? Number.NaN;

function tensor(tensors: Tensors, name: string): Float64Array {
  const found = tensors[name];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

function softmax(z: Row): Row {
  const greatest = Math.max(...z);
  const powers = z.map((each) => Math.exp(each - greatest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((each) => each / sum);
}

function rows(tensors: Tensors, name: string, first: number, count: number, width: number): Row[] {
  const all = tensor(tensors, name);
  return range(count).map((i) => Array.from(all.slice((first + i) * width, (first + i + 1) * width)));
}

/** x·kernel + bias */
function dense(x: Row, kernel: Float64Array, bias?: Float64Array): Row {
  const width = kernel.length / x.length;
  return range(width).map((j) =>
    x.reduce((sum, each, i) => sum + each * at(kernel, i * width + j), bias ? at(bias, j) : 0),
  );
}

function startOf(
  { N, M, readHeads: R, writeHeads: W, units, layers, controller }: Sizes,
  tensors: Tensors,
  b: number,
): State {
  const cell = (name: string) =>
    range(layers).flatMap((l) => (controller === 'lstm' ? rows(tensors, `${name}${l}`, b, 1, units) : [[]]));
  return {
    memory: rows(tensors, 'memory', b * N, N, M),
    weights: [...rows(tensors, 'readWeights', b * R, R, N), ...rows(tensors, 'writeWeights', b * W, W, N)],
    reads: rows(tensors, 'reads', b * R, R, M),
    h: cell('h'),
    c: cell('c'),
  };
}

function step(sizes: Sizes, tensors: Tensors, x: Row, state: State): Row {
  const { M, shifts: S, readHeads: R, writeHeads: W, bounded, writeFirst } = sizes;
  const h = control(sizes, tensors, [...x, ...state.reads.flat()], state);
  const raw = dense(h, tensor(tensors, 'headKernel'), tensor(tensors, 'headBias'));
  const squash = (row: Row) => (bounded ? row.map(Math.tanh) : row);
  const take = (count: number) => raw.splice(0, count);
  const heads = range(R + W).map(() => {
    const key = squash(take(M));
    const [beta = 0, gate = 0] = take(2);
    const shift = softmax(take(S));
    const [gamma = 0] = take(1);
    return { key, beta: softplus(beta), gate: sigmoid(gate), shift, gamma: 1 + softplus(gamma) };
  });
  const vectors = range(W).map(() => ({ erase: take(M).map(sigmoid), add: squash(take(M)) }));
  const found = state.memory;
  const writing = range(W).map((w) => address(heads[R + w], found, state.weights[R + w]));
  state.memory = found.map((row, i) =>
    row.map((value, m) => {
      const kept = vectors.reduce(
        (v, { erase }, w) => v * (1 - at(writing[w] ?? [], i) * at(erase, m)),
        value,
      );
      return vectors.reduce((v, { add }, w) => v + at(writing[w] ?? [], i) * at(add, m), kept);
    }),
  );
  const seen = writeFirst ? state.memory : found;
  const reading = range(R).map((r) => address(heads[r], seen, state.weights[r]));
  state.weights = [...reading, ...writing];
  state.reads = reading.map((w) =>
    range(M).map((m) => seen.reduce((sum, row, i) => sum + at(w, i) * at(row, m), 0)),
  );
  return dense([...h, ...state.reads.flat()], tensor(tensors, 'outputKernel'), tensor(tensors, 'outputBias'));
}

function control({ units: U, layers, controller }: Sizes, tensors: Tensors, input: Row, state: State): Row {
  return range(layers).reduce((below, l) => {
    const sums = dense(below, tensor(tensors, `kernel${l}`), tensor(tensors, `bias${l}`));
    if (controller === 'feedforward') return sums.map(Math.tanh);
    const again = dense(state.h[l] ?? [], tensor(tensors, `recurrentKernel${l}`));
    const gate = (k: number, j: number) => at(sums, k * U + j) + at(again, k * U + j);
    const c = range(U).map(
      (j) => sigmoid(gate(1, j)) * at(state.c[l] ?? [], j) + sigmoid(gate(0, j)) * Math.tanh(gate(2, j)),
    );
    const h = c.map((each, j) => sigmoid(gate(3, j)) * Math.tanh(each));
    state.c[l] = c;
    state.h[l] = h;
    return h;
  }, input);
}

interface Head {
  key: Row;
  beta: number;
  gate: number;
  shift: Row;
  gamma: number;
}

function address(head: Head | undefined, memory: Row[], previous: Row | undefined): Row {
  if (head === undefined || previous === undefined) throw new Error('no such head');
  const { key, beta, gate, shift, gamma } = head;
  const [N, half] = [memory.length, (shift.length - 1) / 2];
  const content = softmax(memory.map((row) => (beta * dot(key, row)) / (norm(key) * norm(row))));
  const gated = content.map((w, i) => gate * w + (1 - gate) * at(previous, i));
  const shifted = range(N).map((i) =>
    shift.reduce((sum, s, k) => sum + s * at(gated, (i - k + half + N) % N), 0),
  );
  return softmax(shifted.map((w) => gamma * Math.log(Math.max(w, 1e-30))));
}
