/** The addressing of the DNC for one sequence, as loops over plain numbers; heads and matrices are flat, row by row. */

const at = (list: readonly number[], i: number): number => list[i] ?? Number.NaN;
const rowsOf = (list: readonly number[]): number[] => list.map((_, i) => i);

export function slowRetention(freeGate: number[], readWeights: number[]): number[] {
  const rows = readWeights.length / freeGate.length;
  return rowsOf(readWeights.slice(0, rows)).map((i) =>
    freeGate.reduce((left, f, h) => left * (1 - f * at(readWeights, h * rows + i)), 1),
  );
}

export function slowUsage(usage: number[], writeWeights: number[], retention: number[]): number[] {
  return usage.map((u, i) => (u + at(writeWeights, i) - u * at(writeWeights, i)) * at(retention, i));
}

export function slowAllocation(usage: number[]): number[] {
  const order = rowsOf(usage).sort((i, j) => at(usage, i) - at(usage, j) || i - j);
  const allocation = [...usage];
  let taken = 1;
  for (const i of order) {
    allocation[i] = (1 - at(usage, i)) * taken;
    taken *= at(usage, i);
  }
  return allocation;
}

export function slowWriteWeighting(
  writeGate: number[],
  allocationGate: number[],
  allocation: number[],
  content: number[],
): number[] {
  const [write, allocate] = [at(writeGate, 0), at(allocationGate, 0)];
  return allocation.map((a, i) => write * (allocate * a + (1 - allocate) * at(content, i)));
}

export function slowPrecedence(precedence: number[], writeWeights: number[]): number[] {
  const written = writeWeights.reduce((a, b) => a + b);
  return precedence.map((p, i) => (1 - written) * p + at(writeWeights, i));
}

export function slowLinks(links: number[], precedence: number[], writeWeights: number[]): number[] {
  const rows = precedence.length;
  return links.map((link, k) => {
    const [i, j] = [Math.floor(k / rows), k % rows];
    if (i === j) return 0;
    const kept = (1 - at(writeWeights, i) - at(writeWeights, j)) * link;
    return kept + at(writeWeights, i) * at(precedence, j);
  });
}

export function slowForward(links: number[], readWeights: number[]): number[] {
  return along(links, readWeights, (i, j, rows) => i * rows + j);
}

export function slowBackward(links: number[], readWeights: number[]): number[] {
  return along(links, readWeights, (i, j, rows) => j * rows + i);
}

function along(
  links: number[],
  readWeights: number[],
  linkAt: (i: number, j: number, rows: number) => number,
): number[] {
  const rows = Math.sqrt(links.length);
  return readWeights.map((_, k) => {
    const [head, i] = [Math.floor(k / rows), k % rows];
    let sum = 0;
    for (let j = 0; j < rows; j++) sum += at(links, linkAt(i, j, rows)) * at(readWeights, head * rows + j);
    return sum;
  });
}

export function slowReadWeighting(
  modes: number[],
  backward: number[],
  content: number[],
  forward: number[],
): number[] {
  const rows = (3 * backward.length) / modes.length;
  return backward.map((b, k) => {
    const head = 3 * Math.floor(k / rows);
    return at(modes, head) * b + at(modes, head + 1) * at(content, k) + at(modes, head + 2) * at(forward, k);
  });
}
