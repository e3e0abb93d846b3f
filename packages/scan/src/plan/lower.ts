import {
  countOf,
  type Fold,
  type Graph,
  type Kind,
  type Function as MapFunction,
  type Node,
  type Operand,
  type Shape,
  stridesOf,
  type Value,
  type ValueId,
} from '../graph/graph.js';
import { type ProductSum, productSums } from './productSums.js';
import { resolveAliases } from './resolve.js';
import { broadcastStrides, isContiguous, reshaped, type View, wholeOf } from './view.js';
import type { Access, Argument, CallArgument, Cell, Loop, Pass, Product, Rows, Term, Work } from './work.js';

/** Where numbers come from or go to that are not only in between. */
export type Role =
  | 'x'
  | 'state'
  | 'captured'
  | 'outputSlope'
  | 'stateSlope'
  | 'outputs'
  | 'nextState'
  | 'xSlope'
  | 'newStateSlope'
  | 'capturedSlope';

/** The cells of a role, by leaf; undefined where there is none. */
export type Roles = Readonly<Record<Role, readonly (number | undefined)[]>>;

export interface Lowered {
  readonly cells: readonly Cell[];
  readonly works: readonly Work[];
  readonly roles: Roles;
}

/** A value that is one number everywhere, or where its numbers lie. */
type Held = number | View;

/** Turns the nodes of a graph into works on cells. */
export function lower(graph: Graph, smallestWeight: number): Lowered {
  const cells: Cell[] = [];
  const works: Work[] = [];
  const held = new Map<ValueId, Held>();
  /** Cells that became parts of others. */
  const aliases = new Map<number, { cell: number; offset: number }>();
  /** Cells that must not become parts of others. */
  const sealed = new Set<number>();
  let pass: Pass = 'forward';

  const newCell = (size: number, kind: Kind, of: Cell['pass'] = pass, data?: Float32Array): number =>
    cells.push({ size, kind, pass: of, ...(data === undefined ? {} : { data }) }) - 1;
  const kindOf = (cell: number): Kind => cells[cell]?.kind ?? 'row';
  const valueOf = (id: ValueId): Value => {
    const value = graph.values[id];
    if (value === undefined) throw new Error(`no value ${id}`);
    return value;
  };

  // ---- values

  const heldBy = (id: ValueId): Held => {
    const known = held.get(id);
    if (known !== undefined) return known;
    const value = valueOf(id);
    const { source } = value;
    if (source?.kind !== 'constant') throw new Error(`value ${id} is read before it is computed`);
    const { data } = source;
    const first = data[0];
    const made: Held =
      first !== undefined && data.every((each) => Object.is(each, first))
        ? first
        : wholeOf(newCell(data.length, 'shared', 'source', Float32Array.from(data)), value.shape);
    held.set(id, made);
    return made;
  };

  /** Copies numbers into a cell of their own. */
  const copied = (view: View, kind = kindOf(view.cell)): View => {
    const to = wholeOf(newCell(countOf(view.shape), kind), view.shape);
    copy(view, to, kind);
    return to;
  };
  const copy = (from: View | number, to: View, kind: Kind): void => {
    addLoop(kind, to.shape, (axes) => ({
      terms: [],
      stores: [{ from: argumentOf(from, to.shape, axes), to: accessOf(to, to.shape, axes) }],
      reductions: [],
    }));
  };
  const heldAs = ({ value, shape }: Operand): Held => {
    const known = heldBy(value);
    return typeof known === 'number' ? known : (reshaped(known, shape) ?? wholeOf(copied(known).cell, shape));
  };
  /** As numbers that lie somewhere, also where they are one constant. */
  const viewOf = (operand: Operand): View => {
    const known = heldAs(operand);
    if (typeof known !== 'number') return known;
    const view = wholeOf(newCell(countOf(operand.shape), 'shared'), operand.shape);
    copy(known, view, 'shared');
    return view;
  };
  const contiguousOf = (operand: Operand): View => {
    const view = viewOf(operand);
    return isContiguous(view) ? view : copied(view);
  };

  // ---- loops

  const accessOf = (view: View, shape: Shape, axes: readonly number[]): Access => {
    const strides = broadcastStrides(view, shape);
    const own = axes.length === 0 ? [1] : axes.map((axis) => strides[axis] ?? 0);
    return { cell: view.cell, offset: view.offset, strides: own };
  };
  const argumentOf = (from: Held, shape: Shape, axes: readonly number[]): Argument =>
    typeof from === 'number'
      ? { kind: 'constant', value: from }
      : { kind: 'cell', access: accessOf(from, shape, axes) };
  /** A loop over the axes of `shape` that are longer than 1. */
  const addLoop = (
    order: Kind,
    shape: Shape,
    body: (axes: readonly number[]) => Pick<Loop, 'terms' | 'stores' | 'reductions'>,
  ): void => {
    const axes = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
    const sizes = axes.map((axis) => shape[axis] ?? 1);
    const { terms, stores, reductions } = body(axes);
    // A fold over axes of one number each is the number.
    const idle = reductions.filter(({ over }) => !over.includes(true));
    works.push({
      kind: 'loop',
      pass,
      order,
      sizes: sizes.length === 0 ? [1] : sizes,
      terms,
      stores: [...stores, ...idle.map(({ from, to }) => ({ from, to }))],
      reductions: reductions.filter((each) => !idle.includes(each)),
    });
  };
  const hold = (id: ValueId, size = countOf(valueOf(id).shape), kind = valueOf(id).kind): View => {
    const { shape } = valueOf(id);
    const view = wholeOf(newCell(size, kind), shape);
    held.set(id, view);
    return view;
  };

  const map = (f: MapFunction, { inputs, output }: Node): void => {
    const { shape, kind } = valueOf(output);
    const from = inputs.map(heldAs);
    const to = hold(output);
    addLoop(kind, shape, (axes) => ({
      terms: [{ f, args: from.map((each) => argumentOf(each, shape, axes)) }],
      stores: [{ from: { kind: 'register', index: 0 }, to: accessOf(to, shape, axes) }],
      reductions: [],
    }));
  };

  /** Folds over axes; `to` holds the result in the order of the axes that are kept. */
  const foldInto = (
    f: Fold,
    from: Held,
    shape: Shape,
    over: readonly number[],
    to: View,
    kind: Kind,
  ): void => {
    const kept = shape.map((size, axis) => (over.includes(axis) ? 1 : size));
    const target = { ...to, shape: kept, strides: stridesOf(kept) };
    addLoop(kind, shape, (axes) => ({
      terms: [],
      stores: [],
      reductions: [
        {
          f,
          from: argumentOf(from, shape, axes),
          over: marked(axes, over),
          to: accessOf(target, shape, axes),
        },
      ],
    }));
  };
  const marked = (axes: readonly number[], over: readonly number[]): boolean[] =>
    axes.length === 0 ? [false] : axes.map((axis) => over.includes(axis));

  const fold = (f: Fold, over: readonly number[], { inputs, output }: Node): void => {
    const [operand] = inputs;
    if (operand === undefined) throw new Error('a fold has an operand');
    const { shape } = operand;
    const { kind } = valueOf(output);
    const from = heldAs(operand);
    const long = over.filter((axis) => shape[axis] !== 1);
    if (typeof from !== 'number' && long.length === 0) {
      const alike = reshaped(from, valueOf(output).shape) ?? copied(from);
      if (kind !== 'sum' || kindOf(alike.cell) === 'sum') held.set(output, alike);
      else addRowSum(isContiguous(alike) ? alike : copied(alike), output);
      return;
    }
    const isPart = kind === 'sum' && typeof from !== 'number' && kindOf(from.cell) === 'row';
    if (!isPart) {
      foldInto(f, from, shape, long, hold(output), kind);
      return;
    }
    const part = wholeOf(newCell(countOf(valueOf(output).shape), 'row'), valueOf(output).shape);
    foldInto(f, from, shape, long, part, 'row');
    addRowSum(part, output);
  };
  const addRowSum = (part: View, output: ValueId): void => {
    const { cell, offset } = hold(output);
    const d = { cell: part.cell, offset: part.offset };
    works.push({
      kind: 'rowSum',
      pass: 'backward',
      order: 'sum',
      d,
      count: countOf(valueOf(output).shape),
      out: { cell, offset },
    });
  };

  const softmax = ({ inputs: [operand], output }: Node): void => {
    if (operand === undefined) throw new Error('softmax has an operand');
    const { shape } = operand;
    const { kind } = valueOf(output);
    const last = shape.length - 1;
    const rows: Shape = shape.map((size, axis) => (axis === last ? 1 : size));
    const from = heldAs(operand);
    const top = wholeOf(newCell(countOf(rows), kind), rows);
    const sum = wholeOf(newCell(countOf(rows), kind), rows);
    const power = wholeOf(newCell(countOf(shape), kind), shape);
    foldInto('max', from, shape, [last], top, kind);
    addLoop(kind, shape, (axes) => ({
      terms: [
        { f: 'sub', args: [argumentOf(from, shape, axes), argumentOf(top, shape, axes)] },
        { f: 'exp', args: [{ kind: 'register', index: 0 }] },
      ],
      stores: [{ from: { kind: 'register', index: 1 }, to: accessOf(power, shape, axes) }],
      reductions: [
        {
          f: 'sum',
          from: { kind: 'register', index: 1 },
          over: marked(axes, [last]),
          to: accessOf(sum, shape, axes),
        },
      ],
    }));
    const to = hold(output);
    addLoop(kind, shape, (axes) => ({
      terms: [{ f: 'div', args: [argumentOf(power, shape, axes), argumentOf(sum, shape, axes)] }],
      stores: [{ from: { kind: 'register', index: 0 }, to: accessOf(to, shape, axes) }],
      reductions: [],
    }));
  };

  // ---- products

  /** The matrices of a product's operands, as [… m, k] and [… k, n]. */
  const sidesOf = ({ op, inputs }: Node): { a: Held; b: Held; aShape: Shape; bShape: Shape } => {
    const [a, b] = inputs;
    if (op.op !== 'product' || a === undefined || b === undefined)
      throw new Error('a product has two operands');
    const [aView, aShape] = turnedIf(op.transposeA, heldAs(a), a.shape);
    const [bView, bShape] = turnedIf(op.transposeB, heldAs(b), b.shape);
    return { a: aView, b: bView, aShape, bShape };
  };

  const product = (node: Node): void => {
    const { output } = node;
    const { kind, shape } = valueOf(output);
    const { a, b, aShape, bShape } = sidesOf(node);
    if (kind === 'sum' && isRow(a) && isRow(b) && countOf(shape.slice(0, -2)) === 1) {
      addWeightSlope(node, a, b, aShape, bShape);
      return;
    }
    const isPart = kind === 'sum' && (isRow(a) || isRow(b));
    const to = isPart ? wholeOf(newCell(countOf(shape), 'row'), shape) : hold(output);
    productLoop(isPart ? 'row' : kind, a, b, aShape, bShape, to);
    if (isPart) addRowSum(to, output);
  };
  const isRow = (side: Held): side is View => typeof side !== 'number' && kindOf(side.cell) === 'row';

  /** A small product, as a loop over [… m, k, n], or [… m, n, k] where the second is transposed. */
  const productLoop = (kind: Kind, a: Held, b: Held, aShape: Shape, bShape: Shape, to: View): void => {
    const [m = 1, k = 1] = aShape.slice(-2);
    const n = bShape.at(-1) ?? 1;
    const front = to.shape.slice(0, -2);
    const turned = typeof b !== 'number' && Math.abs(b.strides.at(-1) ?? 0) > 1;
    const at = front.length;
    const all = turned ? [...front, m, n, k] : [...front, m, k, n];
    const [kAxis, nAxis] = turned ? [at + 2, at + 1] : [at + 1, at + 2];
    const place = (view: View, first: number, second: number): View => {
      const strides = all.map((_, axis) => {
        const own = axis - front.length + (view.shape.length - 2);
        if (axis < front.length) return (view.shape[own] ?? 1) === 1 ? 0 : (view.strides[own] ?? 0);
        if (axis === first) return view.strides.at(-2) ?? 0;
        return axis === second ? (view.strides.at(-1) ?? 0) : 0;
      });
      return { ...view, shape: all, strides };
    };
    const aAt = typeof a === 'number' ? a : place({ ...a, shape: aShape }, at, kAxis);
    const bAt = typeof b === 'number' ? b : place({ ...b, shape: bShape }, kAxis, nAxis);
    const toAt = place(to, at, nAxis);
    addLoop(kind, all, (axes) => {
      const terms: Term[] = [{ f: 'mul', args: [argumentOf(aAt, all, axes), argumentOf(bAt, all, axes)] }];
      const from: Argument = { kind: 'register', index: 0 };
      const target = accessOf(toAt, all, axes);
      return k === 1
        ? { terms, stores: [{ from, to: target }], reductions: [] }
        : {
            terms,
            stores: [],
            reductions: [{ f: 'sum', from, over: marked(axes, [kAxis]), to: target }],
          };
    });
  };

  /** The rows [… r, c] of a matrix, its numbers one behind the other. */
  const rowsOf = (view: View): Rows => {
    const columns = view.shape.at(-1) ?? 1;
    const count = countOf(view.shape) / columns;
    const flat = reshaped(view, [count, columns]);
    if (flat === undefined || (columns > 1 && flat.strides[1] !== 1)) return rowsOf(copied(view));
    return { cell: flat.cell, offset: flat.offset, step: count === 1 ? 0 : (flat.strides[0] ?? 0), count };
  };

  const addWeightSlope = ({ output }: Node, a: View, b: View, aShape: Shape, bShape: Shape): void => {
    const { cell, offset } = hold(output);
    works.push({
      kind: 'weightSlope',
      pass: 'backward',
      order: 'sum',
      a: rowsOf(turned({ ...a, shape: aShape })),
      d: rowsOf({ ...b, shape: bShape }),
      depth: aShape.at(-2) ?? 1,
      columns: bShape.at(-1) ?? 1,
      out: { cell, offset },
    });
  };

  /** Products of rows with weights, summed: each adds to what the one before left. */
  const productSum = ({ products, bias }: ProductSum, output: ValueId): void => {
    const { shape } = valueOf(output);
    const columns = shape.at(-1) ?? 1;
    const count = countOf(shape) / columns;
    const step = padded8(columns);
    const cell = newCell(count === 1 ? columns : count * step, 'row');
    sealed.add(cell);
    const out: Rows = { cell, offset: 0, step, count };
    held.set(
      output,
      reshaped({ cell, offset: 0, shape: [count, columns], strides: [step, 1] }, shape) ?? fail(),
    );
    const start = bias === undefined ? 'zeros' : placeOf(contiguousOf(bias));
    // What depends on nothing that is carried from step to step is computed for all steps at once, where the sum starts.
    const [still, moving] = [false, true].map((wanted) =>
      products.filter(({ inputs: [a] }) => carried.has(a?.value ?? -1) === wanted),
    );
    if (still === undefined || moving === undefined || still.length === 0 || moving.length === 0) {
      addProducts(products, out, start);
      return;
    }
    const first = newCell(cells[cell]?.size ?? 0, 'row');
    sealed.add(first);
    addProducts(still, { ...out, cell: first }, start);
    addProducts(moving, out, { cell: first, offset: 0 });
  };
  const placeOf = ({ cell, offset }: View) => ({ cell, offset });

  const addProducts = (products: readonly Node[], out: Rows, start: Product['start']): void => {
    for (const [i, node] of products.entries()) {
      const [, b] = node.inputs;
      const { a, aShape } = sidesOf(node);
      if (node.op.op !== 'product' || b === undefined || typeof a === 'number') throw new Error('a product');
      const [rows = 1, columns = 1] = b.shape.slice(-2);
      const { transposeB: transposed } = node.op;
      works.push({
        kind: 'product',
        pass,
        order: 'row',
        a:
          transposed && columns % 8 !== 0
            ? paddedRows({ ...a, shape: aShape })
            : rowsOf({ ...a, shape: aShape }),
        weight: { ...placeOf(contiguousOf(b)), rows, columns },
        transposed,
        out,
        start: i === 0 ? start : 'added',
      });
    }
  };
  /** What stands behind such a row is multiplied by zeros, so it must be finite: it is a cell of its own. */
  const paddedRows = (view: View): Rows => {
    const own = rowsOf(view);
    const { cell, offset, count } = own;
    const isOwn =
      count === 1 && offset === 0 && cells[cell]?.size === view.shape.at(-1) && !aliases.has(cell);
    const rows = isOwn ? own : rowsOf(spread(view));
    sealed.add(rows.cell);
    return rows;
  };
  /** A copy whose rows are padded to eight. */
  const spread = (view: View): View => {
    const columns = view.shape.at(-1) ?? 1;
    const count = countOf(view.shape) / columns;
    const step = padded8(columns);
    const cell = newCell(count === 1 ? columns : count * step, 'row');
    const to: View = { cell, offset: 0, shape: [count, columns], strides: [step, 1] };
    copy(reshaped(view, to.shape) ?? wholeOf(copied(view).cell, to.shape), to, 'row');
    return to;
  };

  // ---- parts and the rest

  const view = (offset: number, strides: readonly number[], { inputs: [operand], output }: Node): void => {
    if (operand === undefined) throw new Error('a view has an operand');
    const from = heldAs(operand);
    const { shape } = valueOf(output);
    if (typeof from === 'number') {
      held.set(output, from);
      return;
    }
    const source = isContiguous(from) ? from : copied(from);
    held.set(output, { cell: source.cell, offset: source.offset + offset, shape, strides });
  };

  const concat = (axis: number, { inputs, output }: Node): void => {
    const { kind } = valueOf(output);
    const to = hold(output);
    let start = 0;
    for (const operand of inputs) {
      const part: View = {
        ...to,
        offset: to.offset + start * (to.strides[axis] ?? 1),
        shape: operand.shape,
      };
      start += operand.shape[axis] ?? 0;
      if (countOf(operand.shape) === 0) continue;
      const from = heldAs(operand);
      if (!becomesPart(from, part)) copy(from, part, kind);
    }
  };
  /** A cell that nothing else claims is written where it is wanted at once. */
  const becomesPart = (from: Held, part: View): boolean => {
    if (typeof from === 'number' || !isContiguous(part) || !isContiguous(from) || from.offset !== 0)
      return false;
    const cell = cells[from.cell];
    const target = cells[part.cell];
    if (cell === undefined || target === undefined || cell.pass !== pass || cell.kind !== target.kind)
      return false;
    if (cell.size !== countOf(part.shape) || sealed.has(from.cell) || aliases.has(from.cell)) return false;
    // Vectors start at multiples of four floats.
    if (part.offset % 4 !== 0) return false;
    aliases.set(from.cell, { cell: part.cell, offset: part.offset });
    return true;
  };

  const pad = (before: readonly number[], value: number, { inputs: [operand], output }: Node): void => {
    if (operand === undefined) throw new Error('pad has an operand');
    const { kind, shape } = valueOf(output);
    const to = hold(output);
    const region = (starts: readonly number[], sizes: Shape): View => ({
      ...to,
      offset: starts.reduce((offset, start, axis) => offset + start * (to.strides[axis] ?? 0), to.offset),
      shape: sizes,
    });
    const inner = operand.shape;
    for (const axis of shape.keys()) {
      const first = before[axis] ?? 0;
      const behind = first + (inner[axis] ?? 0);
      for (const [start, end] of [
        [0, first],
        [behind, shape[axis] ?? 0],
      ] as const) {
        if (start === end) continue;
        const starts = shape.map((_, k) => (k < axis ? (before[k] ?? 0) : k === axis ? start : 0));
        const sizes = shape.map((size, k) => (k < axis ? (inner[k] ?? 0) : k === axis ? end - start : size));
        copy(value, region(starts, sizes), kind);
      }
    }
    copy(heldAs(operand), region(before, inner), kind);
  };

  const call = (name: string, { inputs, output }: Node, numbers: readonly CallArgument[]): void => {
    const from = inputs.map(contiguousOf);
    const kind = valueOf(output).kind;
    const isPart = kind === 'sum' && from.some(isRow);
    const to = isPart
      ? wholeOf(newCell(countOf(valueOf(output).shape), 'row'), valueOf(output).shape)
      : hold(output);
    const at = ({ cell, offset }: View): CallArgument => ({ cell, offset });
    works.push({
      kind: 'call',
      pass,
      order: isPart ? 'row' : kind,
      name,
      args: [at(to), ...from.map(at), ...numbers],
      reads: from.map(({ cell }) => cell),
      writes: to.cell,
    });
    if (isPart) addRowSum(to, output);
  };
  /** The numbers in front of an axis, on it, and behind. */
  const around = (shape: Shape, axis: number): [number, number, number] => [
    countOf(shape.slice(0, axis)),
    shape[axis] ?? 1,
    countOf(shape.slice(axis + 1)),
  ];

  const lowerNode = (node: Node): void => {
    const { op, inputs, output } = node;
    const first = inputs[0]?.shape ?? [];
    const second = inputs[1]?.shape ?? [];
    switch (op.op) {
      case 'map':
        return map(op.f, node);
      case 'fold':
        return fold(op.f, op.axes, node);
      case 'product':
        return product(node);
      case 'softmax':
        return softmax(node);
      case 'view':
        return view(op.offset, op.strides, node);
      case 'concat':
        return concat(op.axis, node);
      case 'pad':
        return pad(op.before, op.value, node);
      case 'cumulate':
        return call('cumulate', node, [
          ...around(first, op.axis),
          Number(op.f === 'prod'),
          Number(op.exclusive),
          Number(op.reverse),
        ]);
      case 'gather':
        return call('gather', node, [...around(first, op.axis), countOf(second)]);
      case 'segmentSum': {
        const count = countOf(second);
        const segments = valueOf(output).shape[0] ?? 0;
        return call('segmentSum', node, [count, segments, countOf(first) / Math.max(count, 1)]);
      }
      case 'oneHot':
        return call('oneHot', node, [
          countOf(first),
          valueOf(output).shape.at(-1) ?? 0,
          { float: op.on },
          { float: op.off },
        ]);
      case 'argMax':
      case 'argMin':
        return call('argExtreme', node, [...around(first, op.axis), Number(op.op === 'argMin')]);
    }
  };

  // ---- all of it

  const source = (id: ValueId | undefined): number | undefined => {
    if (id === undefined) return undefined;
    const { shape, kind: of } = valueOf(id);
    const cell = newCell(countOf(shape), of, 'source');
    held.set(id, wholeOf(cell, shape));
    sealed.add(cell);
    return cell;
  };

  const claimed = new Set<number>();
  /** The cell that holds what leaves: the value's own where nothing else claims it. */
  const claim = (operand: Operand | undefined, kind: Kind): number | undefined => {
    if (operand === undefined) return undefined;
    const from = heldAs(operand);
    if (typeof from !== 'number' && from.offset === 0 && isContiguous(from)) {
      const cell = cells[from.cell];
      const isOwn = cell?.size === countOf(from.shape) && cell.pass === pass && cell.kind === kind;
      if (isOwn && !claimed.has(from.cell) && !aliases.has(from.cell)) {
        claimed.add(from.cell);
        return from.cell;
      }
    }
    const to = wholeOf(newCell(countOf(operand.shape), kind), operand.shape);
    copy(from, to, kind);
    claimed.add(to.cell);
    return to.cell;
  };

  const x = graph.x.map(source);
  const state = graph.state.map(source);
  const captured = graph.captured.map(source);
  const outputSlope = graph.outputSlopes.map(source);
  const stateSlope = graph.stateSlopes.map(source);
  const carried = carriedIn(graph);
  const { sums, absorbed } = productSums(graph, smallestWeight);
  const lowerAll = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const sum = sums.get(node.output);
      if (sum !== undefined) productSum(sum, node.output);
      else if (!absorbed.has(node.output)) lowerNode(node);
    }
  };
  lowerAll(graph.forward);
  const nextState = graph.nextState.map((operand) => claim(operand, 'row'));
  const outputs = graph.outputs.map((operand) => claim(operand, 'row'));
  pass = 'backward';
  lowerAll(graph.backward);
  const newStateSlope = graph.slopes.state.map((operand) => claim(operand, 'row'));
  const xSlope = graph.slopes.x.map((operand) => claim(operand, 'row'));
  const capturedSlope = graph.slopes.captured.map((operand) => claim(operand, 'sum'));
  return {
    cells,
    works: works.map((work) => resolveAliases(work, aliases)),
    roles: {
      x,
      state,
      captured,
      outputSlope,
      stateSlope,
      outputs,
      nextState,
      xSlope,
      newStateSlope,
      capturedSlope,
    },
  };
}

/** The values that depend on what is carried from step to step. */
function carriedIn({ forward, backward, state, stateSlopes }: Graph): ReadonlySet<ValueId | undefined> {
  const carried = (
    nodes: readonly Node[],
    from: readonly (ValueId | undefined)[],
  ): Set<ValueId | undefined> => {
    const all = new Set(from);
    for (const { inputs, output } of nodes) if (inputs.some(({ value }) => all.has(value))) all.add(output);
    return all;
  };
  return new Set([...carried(forward, state), ...carried(backward, stateSlopes)]);
}

function turnedIf(transposed: boolean, side: Held, shape: Shape): [Held, Shape] {
  if (!transposed) return [side, shape];
  const turnedShape = [...shape.slice(0, -2), ...shape.slice(-2).reverse()];
  return [typeof side === 'number' ? side : turned({ ...side, shape }), turnedShape];
}

/** With the last two axes exchanged. */
function turned(view: View): View {
  const swap = (list: readonly number[]) => [...list.slice(0, -2), ...list.slice(-2).reverse()];
  return { ...view, shape: swap(view.shape), strides: swap(view.strides) };
}

const padded8 = (count: number): number => Math.ceil(count / 8) * 8;

function fail(): never {
  throw new Error('rows have strides');
}
