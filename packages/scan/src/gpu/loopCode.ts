import { u } from '@tapehead/core/kernels';
import type { Access, Argument, Call, CallArgument, FoldFunction, Loop } from '../plan/work.js';
import { functionCode, literal } from './functions.js';
import type { Piece, Products } from './pieces.js';
import type { Place } from './places.js';

/** What code is written with. */
export interface CodeContext {
  place(cell: number): Place;
  /** Whether a cell has its own row for each sequence. */
  isRow(cell: number): boolean;
  readonly lanes: number;
  /** The most floats in which lanes hand each other their parts of folds. */
  readonly mostStrands: number;
}

/** The code of a piece, and where lanes share folds what one of them does behind a barrier. */
export interface PieceCode {
  readonly code: string;
  /** The floats of `strands` that it takes from the WGSL constant `at` on. */
  readonly strands: number;
  readonly end?: string;
}

const folds: Readonly<Record<FoldFunction, (a: string, b: string) => string>> = {
  sum: (a, b) => `${a} + ${b}`,
  prod: (a, b) => `${a} * ${b}`,
  max: (a, b) => `max(${a}, ${b})`,
  min: (a, b) => `min(${a}, ${b})`,
};
const identities: Readonly<Record<FoldFunction, number>> = {
  sum: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

export function pieceCode(piece: Piece, context: CodeContext, strandsAt: number): PieceCode {
  switch (piece.kind) {
    case 'loop':
      return loopCode(piece, context, strandsAt);
    case 'products':
      return productsCode(piece, context, strandsAt);
    case 'call':
      return { code: callCode(piece, context), strands: 0 };
  }
}

// ---- folds

/** Many folds of `depth` terms each, over the same terms. */
interface Folds {
  readonly count: number;
  readonly depth: number;
  readonly functions: readonly FoldFunction[];
  /** Statements before the terms of the fold `k`. */
  readonly before: string;
  /** Statements that add the terms to `fold0`, `fold1` …: those `part`, `part + parts` … of the fold `k`. */
  terms(part: string, parts: string): string;
  /** The statement that stores the result of a fold, for the fold `k`. */
  store(fold: number): string;
  /** What neighbouring lanes differ in. */
  readonly along: 'folds' | 'terms';
}

/** Lanes share the terms of a fold where there are fewer folds than lanes. */
function foldsCode(all: Folds, { lanes, mostStrands }: CodeContext, strandsAt: number): PieceCode {
  const { count, functions, along } = all;
  const parts = partsOf(all, lanes, Math.floor(mostStrands / functions.length));
  const declared = functions.map((f, i) => `var fold${i} = ${literal(identities[f])};`).join(' ');
  const stores = functions.map((_, i) => all.store(i)).join(' ');
  if (parts === 1) {
    const inside = `${all.before} ${declared}\n${all.terms('0u', '1u')}\n${stores}`;
    return { code: lanesLoop('k', count, inside), strands: 0 };
  }
  const items = count * parts;
  const [k, part] =
    along === 'terms'
      ? [`item / ${u(parts)}`, `item % ${u(parts)}`]
      : [`item % ${u(count)}`, `item / ${u(count)}`];
  const given = functions.map((_, i) => `strands[${u(strandsAt + i * items)} + item] = fold${i};`).join(' ');
  const inside = `let k = ${k}; let part = ${part}; ${all.before} ${declared}
${all.terms('part', u(parts))}
${given}`;
  const at = along === 'terms' ? `k * ${u(parts)} + part` : `part * ${u(count)} + k`;
  const joins = functions.map((f, i) => {
    const next = `strands[${u(strandsAt + i * items)} + ${at}]`;
    return `fold${i} = ${folds[f](`fold${i}`, next)};`;
  });
  const end = `${all.before} ${declared}
for (var part = 0u; part < ${u(parts)}; part++) { ${joins.join(' ')} }
${stores}`;
  return {
    code: lanesLoop('item', items, inside),
    strands: items * functions.length,
    end: lanesLoop('k', count, end),
  };
}

/** So few terms cost less than a barrier. */
const FEW = 8;

/** The lanes that share a fold: a power of two, and no more than leave one of them little to join. */
function partsOf({ count, depth, along }: Folds, lanes: number, most: number): number {
  if (count === 0 || depth <= FEW) return 1;
  const least = along === 'terms' ? 8 : 1;
  const wanted = Math.max(least, Math.floor(lanes / count));
  const parts = Math.min(wanted, 2 * Math.sqrt(depth), depth, most / count);
  return parts < 2 ? 1 : 2 ** Math.floor(Math.log2(parts));
}

const lanesLoop = (name: string, count: number, inside: string): string =>
  `for (var ${name} = lane; ${name} < ${u(count)}; ${name} += LANES) {
${inside}
}`;

// ---- loops

function loopCode(loop: Loop, context: CodeContext, strandsAt: number): PieceCode {
  const { sizes, reductions } = loop;
  const over = reductions[0]?.over ?? sizes.map(() => false);
  const [kept, folded] = [false, true].map((wanted) =>
    [...sizes.keys()].filter((axis) => over[axis] === wanted),
  );
  if (kept === undefined || folded === undefined) throw new Error('axes are kept or folded');
  const countOf = (axes: readonly number[]) => axes.reduce((count, axis) => count * (sizes[axis] ?? 1), 1);
  const keptIndices = indices('k', kept, sizes);
  const inner = (lines: readonly string[]): string => [...termLines(loop, context), ...lines].join('\n');
  if (reductions.length === 0)
    return { code: lanesLoop('k', countOf(kept), `${keptIndices}\n${inner([])}`), strands: 0 };
  const foldLines = reductions.map(
    ({ f, from }, i) => `fold${i} = ${folds[f](`fold${i}`, argumentName(loop, from))};`,
  );
  return foldsCode(
    {
      count: countOf(kept),
      depth: countOf(folded),
      functions: reductions.map(({ f }) => f),
      before: keptIndices,
      terms: (part, parts) => `for (var r = ${part}; r < ${u(countOf(folded))}; r += ${parts}) {
${indices('r', folded, sizes)}
${inner(foldLines)}
}`,
      store: (i) => {
        const to = reductions[i]?.to;
        return to === undefined ? '' : `${accessCode(to, context)} = fold${i};`;
      },
      along: neighboursAlong(loop, kept.at(-1), folded.at(-1)),
    },
    context,
    strandsAt,
  );
}

/** The axis along which more numbers lie one behind the other. */
function neighboursAlong(
  loop: Loop,
  kept: number | undefined,
  folded: number | undefined,
): 'folds' | 'terms' {
  const accesses = [...readIn(loop), ...loop.stores.map(({ to }) => to)];
  const score = (axis: number | undefined): number =>
    axis === undefined ? -1 : accesses.filter(({ strides }) => strides[axis] === 1).length;
  return score(folded) > score(kept) ? 'terms' : 'folds';
}

/** `let i0 = …`: the indices of axes, of an index over all of them. */
function indices(all: string, axes: readonly number[], sizes: readonly number[]): string {
  let behind = 1;
  const lines = [...axes].reverse().map((axis, i) => {
    const size = sizes[axis] ?? 1;
    const shifted = behind === 1 ? all : `${all} / ${u(behind)}`;
    behind *= size;
    return `let i${axis} = ${i === axes.length - 1 ? shifted : `${shifted} % ${u(size)}`};`;
  });
  return lines.join(' ');
}

/** Reads each number once, computes the terms, and stores. */
function termLines(loop: Loop, context: CodeContext): string[] {
  const lines: string[] = [];
  for (const [name, access] of readsByName(loop)) lines.push(`let ${name} = ${accessCode(access, context)};`);
  for (const [i, { f, args }] of loop.terms.entries()) {
    if (args.length > 0)
      lines.push(
        `let t${i} = ${functionCode(
          f,
          args.map((each) => argumentName(loop, each)),
        )};`,
      );
  }
  for (const { from, to } of loop.stores)
    lines.push(`${accessCode(to, context)} = ${argumentName(loop, from)};`);
  return lines;
}

const argumentsOf = ({ terms, stores, reductions }: Loop): Argument[] => [
  ...terms.flatMap(({ args }) => args),
  ...stores.map(({ from }) => from),
  ...reductions.map(({ from }) => from),
];
const readIn = (loop: Loop): Access[] =>
  argumentsOf(loop).flatMap((each) => (each.kind === 'cell' ? [each.access] : []));

const keyOf = ({ cell, offset, strides }: Access): string => `${cell},${offset},${strides}`;

function readsByName(loop: Loop): Map<string, Access> {
  const keys = new Map(readIn(loop).map((access) => [keyOf(access), access]));
  return new Map([...keys.values()].map((access, i) => [`a${i}`, access]));
}

function argumentName(loop: Loop, argument: Argument): string {
  if (argument.kind === 'constant') return literal(argument.value);
  if (argument.kind === 'register') return `t${argument.index}`;
  const wanted = keyOf(argument.access);
  for (const [name, access] of readsByName(loop)) if (keyOf(access) === wanted) return name;
  throw new Error('a number is read by a name');
}

function accessCode({ cell, offset, strides }: Access, { place }: CodeContext): string {
  const at = place(cell);
  const parts = strides.flatMap((stride, axis) => {
    if (stride === 0) return [];
    const by = Math.abs(stride) === 1 ? '' : ` * ${u(Math.abs(stride))}`;
    return [`${stride < 0 ? '-' : '+'} i${axis}${by}`];
  });
  return elementCode(at, offset, parts.join(' '));
}

/** `further`: what is added to the index, beginning with its sign. */
function elementCode({ buffer, base, offset }: Place, own: number, further: string): string {
  const first = [...(base === undefined ? [] : [base]), u(offset + own)].join(' + ');
  return `${buffer}[${first} ${further}]`;
}

// ---- products

/** out[i, j] = start + Σ a[i, k] · weight[k, j], over all parts. */
function productsCode({ parts }: Products, context: CodeContext, strandsAt: number): PieceCode {
  const [{ out, start, weight, transposed }] = parts;
  const columns = transposed ? weight.rows : weight.columns;
  const at = (cell: number, own: number, further: string) => elementCode(context.place(cell), own, further);
  const depthOf = (each: (typeof parts)[number]) =>
    each.transposed ? each.weight.columns : each.weight.rows;
  const terms = (part: string, step: string): string =>
    parts
      .map((each) => {
        const { a, weight: of } = each;
        const place = each.transposed ? `+ j * ${u(of.columns)} + r` : `+ r * ${u(of.columns)} + j`;
        const left = at(a.cell, a.offset, `+ i * ${u(a.step)} + r`);
        return `for (var r = ${part}; r < ${u(depthOf(each))}; r += ${step}) {
fold0 += ${left} * ${at(of.cell, of.offset, place)};
}`;
      })
      .join('\n');
  const to = at(out.cell, out.offset, `+ i * ${u(out.step)} + j`);
  const startCode = (): string => {
    if (start === 'zeros') return '';
    if (start === 'added') return `${to} + `;
    const row = context.isRow(start.cell) ? `+ i * ${u(out.step)} + j` : '+ j';
    return `${at(start.cell, start.offset, row)} + `;
  };
  return foldsCode(
    {
      count: out.count * columns,
      depth: parts.reduce((sum, each) => sum + depthOf(each), 0),
      functions: ['sum'],
      before: `let i = k / ${u(columns)}; let j = k % ${u(columns)};`,
      terms,
      store: () => `${to} = ${startCode()}fold0;`,
      along: transposed ? 'terms' : 'folds',
    },
    context,
    strandsAt,
  );
}

// ---- calls

/** What the fixed functions compute, as WGSL; `at(i, index)`: the number of the argument i at an index. */
const calls: Readonly<
  Record<string, (at: (i: number, index: string) => string, numbers: readonly number[]) => string>
> = {
  gather: (at, [outer = 0, rows = 0, inner = 0, count = 0]) =>
    lanesLoop(
      'k',
      outer * count * inner,
      `let row = k / ${u(inner)};
let index = ${at(2, `row % ${u(count)}`)};
var value = ${literal(Number.NaN)};
if (index >= 0.0 && index < ${literal(rows)}) {
value = ${at(1, `(row / ${u(count)} * ${u(rows)} + u32(index)) * ${u(inner)} + k % ${u(inner)}`)};
}
${at(0, 'k')} = value;`,
    ),
  segmentSum: (at, [count = 0, segments = 0, inner = 0]) =>
    lanesLoop(
      'k',
      segments * inner,
      `let segment = f32(k / ${u(inner)});
var sum = 0.0;
for (var r = 0u; r < ${u(count)}; r++) {
if (${at(2, 'r')} == segment) { sum += ${at(1, `r * ${u(inner)} + k % ${u(inner)}`)}; }
}
${at(0, 'k')} = sum;`,
    ),
  oneHot: (at, [count = 0, depth = 0, on = 0, off = 0]) =>
    lanesLoop(
      'k',
      count * depth,
      `${at(0, 'k')} = select(${literal(off)}, ${literal(on)}, ${at(1, `k / ${u(depth)}`)} == f32(k % ${u(depth)}));`,
    ),
  argExtreme: (at, [outer = 0, count = 0, inner = 0, least = 0]) =>
    lanesLoop(
      'k',
      outer * inner,
      `let first = k / ${u(inner)} * ${u(count * inner)} + k % ${u(inner)};
var best = 0u;
var extreme = ${at(1, 'first')};
for (var r = 1u; r < ${u(count)}; r++) {
let next = ${at(1, `first + r * ${u(inner)}`)};
if (next ${least ? '<' : '>'} extreme) { best = r; extreme = next; }
}
${at(0, 'k')} = f32(best);`,
    ),
  cumulate: (at, [outer = 0, count = 0, inner = 0, isProduct = 0, exclusive = 0, reverse = 0]) =>
    lanesLoop(
      'k',
      outer * inner,
      `let first = k / ${u(inner)} * ${u(count * inner)} + k % ${u(inner)};
var running = ${literal(isProduct)};
for (var r = 0u; r < ${u(count)}; r++) {
let index = first + ${reverse ? `(${u(count)} - 1u - r)` : 'r'} * ${u(inner)};
let next = running ${isProduct ? '*' : '+'} ${at(1, 'index')};
${at(0, 'index')} = ${exclusive ? 'running' : 'next'};
running = next;
}`,
    ),
};

function callCode({ name, args }: Call, context: CodeContext): string {
  const places: { cell: number; offset: number }[] = [];
  const numbers: number[] = [];
  for (const each of args) {
    if (isPlace(each)) places.push(each);
    else numbers.push(typeof each === 'number' ? each : each.float);
  }
  const code = calls[name];
  if (code === undefined) throw new Error(`no WGSL for ${name}`);
  return code((i, index) => {
    const { cell, offset } = places[i] ?? { cell: 0, offset: 0 };
    return elementCode(context.place(cell), offset, `+ ${index}`);
  }, numbers);
}

const isPlace = (each: CallArgument): each is { readonly cell: number; readonly offset: number } =>
  typeof each === 'object' && 'cell' in each;
