// The net in float64, slowly and obviously: what reference and kernels must agree with.

/** One number list a variable, by name. */
export type Numbers = Readonly<Record<string, readonly number[]>>;

export interface SlowSizes {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly layers: number;
  readonly size: number;
}

const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
const range = (count: number) => Array.from({ length: count }, (_, i) => i);

/** `sum_i row[i] kernel[i, j]`, kernel of `width` columns. */
function product(row: readonly number[], kernel: readonly number[], width: number): number[] {
  return range(width).map((j) => row.reduce((sum, each, i) => sum + each * (kernel[i * width + j] ?? 0), 0));
}

/** The logits of each step of one sequence, from the learned start. */
export function slowBaseline(
  { outputSize, layers, size }: SlowSizes,
  numbers: Numbers,
  x: readonly (readonly number[])[],
): number[][] {
  const list = (name: string): readonly number[] => {
    const found = numbers[name];
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };
  const h = range(layers).map((l) => [...list(`layers.${l}.h`)]);
  const c = range(layers).map((l) => [...list(`layers.${l}.c`)]);
  return x.map((xt) => {
    for (const l of range(layers)) {
      const input = l === 0 ? xt : [...xt, ...(h[l - 1] ?? [])];
      const fromInput = product(input, list(`layers.${l}.kernel`), 4 * size);
      const fromState = product(h[l] ?? [], list(`layers.${l}.recurrentKernel`), 4 * size);
      const bias = list(`layers.${l}.bias`);
      const gate = (k: number, j: number): number => {
        const at = k * size + j;
        return (fromInput[at] ?? 0) + (fromState[at] ?? 0) + (bias[at] ?? 0);
      };
      const cell = (c[l] ?? []).map(
        (each, j) => sigmoid(gate(1, j)) * each + sigmoid(gate(0, j)) * Math.tanh(gate(2, j)),
      );
      c[l] = cell;
      h[l] = cell.map((each, j) => sigmoid(gate(3, j)) * Math.tanh(each));
    }
    const bias = list('outputBias');
    return product(h.flat(), list('outputKernel'), outputSize).map((each, j) => each + (bias[j] ?? 0));
  });
}
