/** Equations 5 to 9 for one head of one sequence, as loops over plain numbers. */
export function slowAddress(
  key: number[],
  beta: number,
  gate: number,
  shift: number[],
  gamma: number,
  memory: number[][],
  previous: number[],
  epsilon = 0,
): number[] {
  const rows = memory.length;
  const dot = (a: number[], b: number[]): number =>
    a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0);
  const similarity = memory.map((row) => dot(key, row) / Math.sqrt(dot(key, key) * dot(row, row)));
  const exponentials = similarity.map((value) => Math.exp(beta * value));
  const total = exponentials.reduce((a, b) => a + b);
  const interpolated = exponentials.map(
    (value, i) => (gate * value) / total + (1 - gate) * (previous[i] ?? 0),
  );
  const shifted = interpolated.map((_, i) => {
    let moved = 0;
    for (let j = 0; j < rows; j++) {
      for (let k = 0; k < shift.length; k++) {
        const offset = k - (shift.length - 1) / 2;
        if ((j + offset + rows) % rows === i) moved += (interpolated[j] ?? 0) * (shift[k] ?? 0);
      }
    }
    return moved;
  });
  const powers = shifted.map((value) => value ** gamma);
  const sum = powers.reduce((a, b) => a + b) + epsilon;
  return powers.map((value) => value / sum);
}
