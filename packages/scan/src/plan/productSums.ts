import { countOf, type Graph, type Node, type Operand, type ValueId } from '../graph/graph.js';

/** Products of rows with weights that are added up, and a bias. */
export interface ProductSum {
  readonly products: readonly Node[];
  readonly bias?: Operand;
}

/** The sums of products in a graph, by the value that each computes, and the values within them that nothing else reads. */
export function productSums(
  graph: Graph,
  smallest: number,
): {
  readonly sums: ReadonlyMap<ValueId, ProductSum>;
  readonly absorbed: ReadonlySet<ValueId>;
} {
  const nodes = [...graph.forward, ...graph.backward];
  const producers = new Map(nodes.map((node) => [node.output, node]));
  const uses = usesIn(graph);
  const sums = new Map<ValueId, ProductSum>();
  const absorbed = new Set<ValueId>();
  const shapeOf = (id: ValueId) => graph.values[id]?.shape ?? [];

  /** What is added up in a value; undefined if anything but products and one bias is. */
  const collect = (id: ValueId, count: number, columns: number, inner: ValueId[]): ProductSum | undefined => {
    const node = producers.get(id);
    if (node !== undefined && countOf(shapeOf(id)) === count && shapeOf(id).at(-1) === columns) {
      if (isProductOfRows(graph, node, smallest)) return { products: [node] };
      if (isSum(node)) {
        const parts = node.inputs.map(({ value, shape }) => {
          if (uses.get(value) === 1 && producers.has(value)) {
            inner.push(value);
            const part = collect(value, count, columns, inner);
            if (part !== undefined) return part;
            inner.pop();
          }
          return biasOf({ value, shape }, columns);
        });
        return joined(parts);
      }
    }
    return undefined;
  };
  const biasOf = (operand: Operand, columns: number): ProductSum | undefined =>
    graph.values[operand.value]?.kind === 'shared' &&
    countOf(operand.shape) === columns &&
    operand.shape.at(-1) === columns
      ? { products: [], bias: operand }
      : undefined;

  for (const { output } of [...nodes].reverse()) {
    if (absorbed.has(output)) continue;
    const inner: ValueId[] = [];
    const shape = shapeOf(output);
    const sum = collect(output, countOf(shape), shape.at(-1) ?? 1, inner);
    if (sum === undefined || sum.products.length === 0) continue;
    sums.set(output, sum);
    for (const id of inner) absorbed.add(id);
  }
  return { sums, absorbed };
}

function isSum({ op }: Node): boolean {
  return op.op === 'map' && op.f === 'add';
}

function joined(parts: readonly (ProductSum | undefined)[]): ProductSum | undefined {
  const [first, second] = parts;
  if (first === undefined || second === undefined) return undefined;
  if (first.bias !== undefined && second.bias !== undefined) return undefined;
  const bias = first.bias ?? second.bias;
  return { products: [...first.products, ...second.products], ...(bias === undefined ? {} : { bias }) };
}

/** Rows times a matrix that all sequences share, and that has at least `smallest` numbers. */
function isProductOfRows({ values }: Graph, { op, inputs: [a, b], output }: Node, smallest: number): boolean {
  if (op.op !== 'product' || a === undefined || b === undefined) return false;
  if (values[output]?.kind !== 'row' || values[a.value]?.kind !== 'row') return false;
  return (
    values[b.value]?.kind === 'shared' && countOf(b.shape.slice(0, -2)) === 1 && countOf(b.shape) >= smallest
  );
}

/** How often each value is read, by nodes or from outside. */
function usesIn({ forward, backward, outputs, nextState, slopes }: Graph): ReadonlyMap<ValueId, number> {
  const uses = new Map<ValueId, number>();
  const use = (operand: Operand | undefined): void => {
    if (operand !== undefined) uses.set(operand.value, (uses.get(operand.value) ?? 0) + 1);
  };
  for (const { inputs } of [...forward, ...backward]) inputs.forEach(use);
  for (const list of [outputs, nextState, slopes.x, slopes.state, slopes.captured]) list.forEach(use);
  return uses;
}
