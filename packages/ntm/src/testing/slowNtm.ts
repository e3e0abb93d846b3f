import type { NtmConfig } from '../index.js';

// The step of a net in float64, slowly and obviously: what reference and kernels must agree with.

/** The numbers of each variable, by name. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

/** What a net gives for one sequence. */
export interface SlowRun {
  /** Of each step, `outputSize` numbers. */
  readonly logits: number[][];
  /** After the last step, N rows of M numbers. */
  readonly memory: number[][];
  /** After the last step, of each read head N numbers. */
  readonly readWeights: number[][];
  /** After the last step, of each write head N numbers. */
  readonly writeWeights: number[][];
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const softplus = (z: number) => Math.log1p(Math.exp(z));
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const total = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);
const dot = (a: readonly number[], b: readonly number[]) => total(a.map((each, i) => each * (b[i] ?? 0)));
const softmax = (values: readonly number[]) => {
  const powers = values.map(Math.exp);
  return powers.map((power) => power / total(powers));
};
const clip = (values: readonly number[], bound = Number.POSITIVE_INFINITY) =>
  values.map((each) => Math.min(Math.max(each, -bound), bound));

/** `row · kernel + bias`. */
function dense(row: readonly number[], kernel: readonly number[], bias: readonly number[]): number[] {
  const width = bias.length;
  return bias.map((start, j) => start + total(row.map((each, i) => each * (kernel[i * width + j] ?? 0))));
}

/** What one head says of where to look. */
interface Where {
  readonly key: number[];
  readonly beta: number;
  readonly gate: number;
  readonly shift: number[];
  readonly gamma: number;
}

/** Equations 5 to 9, with ε in the last. */
function look(said: Where, memory: number[][], previous: readonly number[], epsilon: number): number[] {
  const norm = (v: readonly number[]) => Math.sqrt(dot(v, v));
  const similar = memory.map((row) => dot(said.key, row) / (norm(said.key) * norm(row)));
  const content = softmax(similar.map((each) => said.beta * each));
  const blended = content.map((each, i) => said.gate * each + (1 - said.gate) * (previous[i] ?? 0));
  const [rows, half] = [memory.length, (said.shift.length - 1) / 2];
  const moved = range(rows).map((i) =>
    total(said.shift.map((tap, k) => tap * (blended[(i - (k - half) + rows) % rows] ?? 0))),
  );
  const powers = moved.map((each) => each ** said.gamma);
  return powers.map((power) => power / (total(powers) + epsilon));
}

/** One sequence, from the learned start. */
export function slowNtm(config: NtmConfig, numbers: Numbers, x: readonly (readonly number[])[]): SlowRun {
  const { memorySize: N, memoryDim: M, readHeads: R, writeHeads: W, shifts: S, layers } = config;
  const { keyAndAddActivation, keyActivation = keyAndAddActivation, sharpenEpsilon = 0 } = config;
  const { addActivation = keyAndAddActivation } = config;
  const list = (name: string): readonly number[] => {
    const found = numbers[name];
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  const rowsOf = (flat: readonly number[], width: number) =>
    range(flat.length / width).map((i) => flat.slice(i * width, (i + 1) * width));
  const start = (name: string, heads: number) =>
    config.initialWeighting === 'zero'
      ? range(heads).map(() => range(N).map(() => 0))
      : rowsOf(list(name), N).map(softmax);
  const squash = (z: number, how: 'tanh' | 'linear') => (how === 'tanh' ? Math.tanh(z) : z);

  let memory = rowsOf(list('memory'), M);
  let reads = rowsOf(list('reads'), M);
  let readWeights = start('readWeightLogits', R);
  let writeWeights = start('writeWeightLogits', W);
  const h = range(layers).map((l) => (config.controller === 'lstm' ? [...list(`controller.${l}.h`)] : []));
  const c = range(layers).map((l) => (config.controller === 'lstm' ? [...list(`controller.${l}.c`)] : []));

  const controllerOutput = (u: readonly number[]): readonly number[] => {
    let below = u;
    for (const l of range(layers)) {
      const at = `controller.${l}`;
      if (config.controller === 'feedforward') {
        const activate = config.controllerActivation === 'relu' ? (z: number) => Math.max(0, z) : Math.tanh;
        below = dense(below, list(`${at}.kernel`), list(`${at}.bias`)).map(activate);
        continue;
      }
      const joined = [...list(`${at}.kernel`), ...list(`${at}.recurrentKernel`)];
      const gates = dense([...below, ...(h[l] ?? [])], joined, list(`${at}.bias`));
      const units = gates.length / 4;
      const [i = [], f = [], g = [], o = []] = rowsOf(gates, units);
      const cell = (c[l] ?? []).map(
        (each, j) => sigmoid(f[j] ?? 0) * each + sigmoid(i[j] ?? 0) * Math.tanh(g[j] ?? 0),
      );
      const hidden = cell.map((each, j) => sigmoid(o[j] ?? 0) * Math.tanh(each));
      c[l] = clip(cell, config.clipController);
      h[l] = clip(hidden, config.clipController);
      below = hidden;
    }
    return clip(below, config.clipController);
  };

  const logits = x.map((xt) => {
    const output = controllerOutput([...xt, ...reads.flat()]);
    const driving = config.headInput === 'cell' ? (c.at(-1) ?? []) : output;
    const raw = clip(dense(driving, list('headKernel'), list('headBias')), config.clipHeads);
    const size = M + S + 3;
    const whereAt = (head: number): Where => {
      const own = raw.slice(head * size, (head + 1) * size);
      return {
        key: own.slice(0, M).map((z) => squash(z, keyActivation)),
        beta: softplus(own[M] ?? 0),
        gate: sigmoid(own[M + 1] ?? 0),
        shift: softmax(own.slice(M + 2, M + 2 + S)),
        gamma: 1 + softplus(own[M + 2 + S] ?? 0),
      };
    };
    const whatAt = (head: number) => {
      const own = raw.slice((R + W) * size + 2 * M * head, (R + W) * size + 2 * M * (head + 1));
      return {
        erase: own.slice(0, M).map(sigmoid),
        add: own.slice(M).map((z) => squash(z, addActivation)),
      };
    };
    const said = range(W).map(whatAt);
    const lookFor = (head: number, tape: number[][], previous: readonly number[] = []) =>
      look(whereAt(head), tape, previous, sharpenEpsilon);
    const written = (tape: number[][], weights: readonly number[], head: number): number[][] => {
      const { erase = [], add = [] } = said[head] ?? {};
      return tape.map((row, i) =>
        row.map((m, j) => m * (1 - (weights[i] ?? 0) * (erase[j] ?? 0)) + (weights[i] ?? 0) * (add[j] ?? 0)),
      );
    };
    const readOf = (tape: number[][], weights: readonly number[]) =>
      range(M).map((j) => total(tape.map((row, i) => (weights[i] ?? 0) * (row[j] ?? 0))));

    if (config.order === 'in-turn') {
      const [newReads, newWeights, newWriteWeights] = [[...reads], [...readWeights], [...writeWeights]];
      for (const i of range(Math.max(R, W))) {
        if (i < R) {
          const weights = lookFor(i, memory, readWeights[i]);
          newWeights[i] = weights;
          newReads[i] = readOf(memory, weights);
        }
        if (i < W) {
          const weights = lookFor(R + i, memory, writeWeights[i]);
          newWriteWeights[i] = weights;
          memory = written(memory, weights, i);
        }
      }
      [reads, readWeights, writeWeights] = [newReads, newWeights, newWriteWeights];
    } else {
      const before = memory;
      writeWeights = writeWeights.map((previous, i) => lookFor(R + i, before, previous));
      const erased = memory.map((row, i) =>
        row.map((m, j) =>
          range(W).reduce(
            (left, w) => left * (1 - (writeWeights[w]?.[i] ?? 0) * (said[w]?.erase[j] ?? 0)),
            m,
          ),
        ),
      );
      memory = erased.map((row, i) =>
        row.map(
          (m, j) => m + total(range(W).map((w) => (writeWeights[w]?.[i] ?? 0) * (said[w]?.add[j] ?? 0))),
        ),
      );
      const readable = config.order === 'write-first' ? memory : before;
      readWeights = readWeights.map((previous, i) => lookFor(i, readable, previous));
      reads = readWeights.map((weights) => readOf(readable, weights));
    }
    return clip(
      dense([...output, ...reads.flat()], list('outputKernel'), list('outputBias')),
      config.clipLogits,
    );
  });
  return { logits, memory, readWeights, writeWeights };
}
