import { sumOf, u } from '@tapehead/core/kernels';
import { constantsOf, type Layout } from './layout.js';

/** A gradient out [depth, width] = Σ over all steps of aᵀ·d, from parts of the rows. */
interface Product {
  readonly out: number;
  readonly depth: number;
  readonly width: number;
  /** Where `a` stands in the row that the step leaves (`next`) or finds. */
  readonly a: number;
  readonly at: 'row' | 'next';
  readonly d: number;
}

function productsOf({ net, learned, row, gates, raw, reads }: Layout): Product[] {
  const { inputSize: I, outputSize: O, controllerSize: U, layers } = net;
  const top = row.hidden + (layers - 1) * U;
  const bias = { depth: 1, a: row.one, at: 'row' as const };
  const ofLayer = learned.layers.flatMap(({ kernel, recurrentKernel, bias: out }, l): Product[] => {
    const d = { d: row.dGates + l * gates, width: gates };
    const below: Product[] =
      l === 0
        ? [
            { out: kernel, depth: I, a: row.x, at: 'row', ...d },
            { out: kernel + I * gates, depth: reads, a: row.reads, at: 'row', ...d },
          ]
        : [{ out: kernel, depth: U, a: row.hidden + (l - 1) * U, at: 'next', ...d }];
    const before: Product = { out: recurrentKernel, depth: U, a: row.hidden + l * U, at: 'row', ...d };
    return [...below, ...(net.feedforward === 1 ? [] : [before]), { out, ...bias, ...d }];
  });
  // h of the top layer and the reads stand side by side, as the output takes them.
  return [
    { out: learned.headKernel, depth: U, width: raw, a: top, at: 'next', d: row.dRaw },
    { out: learned.headBias, width: raw, ...bias, d: row.dRaw },
    { out: learned.outputKernel, depth: U + reads, width: O, a: top, at: 'next', d: row.dLogits },
    { out: learned.outputBias, width: O, ...bias, d: row.dLogits },
    ...ofLayer,
  ];
}

/** The rows and columns of a tile, one for each lane. */
export function tileFor({ maxComputeInvocationsPerWorkgroup: most }: GPUSupportedLimits): number {
  return most >= 256 ? 16 : 8;
}

const tilesOf = ({ depth, width }: Product, tile: number): number =>
  Math.ceil(depth / tile) * Math.ceil(width / tile);

/** The workgroups of `weightsCode`: one a tile of each weight, and enough for the numbers of the start. */
export function weightsGroups(layout: Layout, batch: number, tile: number): number {
  const start = sumOf(layout.startSizes) * (layout.net.startFlags === 0 ? batch : 1);
  return sumOf(productsOf(layout).map((each) => tilesOf(each, tile))) + Math.ceil(start / tile ** 2);
}

/**
 * The gradients of all weights, summed over batch and time, and of the start, in the order of `learned`: a tile of a weight
 * for each workgroup, a number for each lane. A learned start is that of all sequences, and its gradient their sum.
 */
export function weightsCode(layout: Layout, tile: number): string {
  const { learned, startSizes, net } = layout;
  let first = 0;
  const cases = productsOf(layout).map((product) => {
    const before = first;
    first += tilesOf(product, tile);
    const { out, depth, width, a, at, d } = product;
    const across = Math.ceil(width / tile);
    const from = at === 'next' ? `${u(a)} + ROW` : u(a);
    return `if (group < ${u(first)}) {
    product(group - ${u(before)}, ${u(out)}, ${u(depth)}, ${u(width)}, ${u(across)}, ${from}, ${u(d)});
    return;
  }`;
  });
  return `${constantsOf(layout)}
const TILE = ${u(tile)};
var<workgroup> left: array<f32, ${u(tile * tile)}>;
var<workgroup> right: array<f32, ${u(tile * tile)}>;

fn product(number: u32, out: u32, depth: u32, width: u32, across: u32, a: u32, d: u32) {
  let down = lane / TILE;
  let along = lane % TILE;
  let k = (number / across) * TILE;
  let j = (number % across) * TILE;
  let count = given.B * given.T;
  var sum = 0.0;
  for (var first = 0u; first < count; first += TILE) {
    let step = first + down;
    var row = 0u;
    if (step < count) { row = (step + step / given.T) * ROW; } // T + 1 rows a sequence
    left[lane] = 0.0;
    right[lane] = 0.0;
    if (step < count && k + along < depth) { left[lane] = workspace[row + a + k + along]; }
    if (step < count && j + along < width) { right[lane] = workspace[row + d + j + along]; }
    workgroupBarrier();
    for (var r = 0u; r < TILE; r++) { sum += left[r * TILE + down] * right[r * TILE + along]; }
    workgroupBarrier();
  }
  if (k + down < depth && j + along < width) { gradients[out + (k + down) * width + j + along] = sum; }
}

fn start(i: u32) {
  let all = given.B * (given.T + 1u) * ROW;
  ${net.startFlags === 0 ? givenStart(startSizes, learned.end) : learnedStart(learned.end)}
}

fn run(group: u32) {
  ${cases.join('\n  ')}
  start((group - ${u(first)}) * LANES + lane);
}
`;
}

const learnedStart = (end: number): string => `
  if (i >= START) { return; }
  var sum = 0.0;
  for (var b = 0u; b < given.B; b++) { sum += workspace[all + b * START + i]; }
  gradients[${u(end)} + i] = sum;`;

/** Of a given start each sequence has its own: tensor after tensor, each with its batch. */
const givenStart = (sizes: readonly number[], end: number): string =>
  sizes
    .map((size, i) => {
      const before = u(sumOf(sizes.slice(0, i)));
      return `
  if (i < given.B * (${before} + ${u(size)})) {
    let own = i - given.B * ${before};
    gradients[${u(end)} + i] = workspace[all + (own / ${u(size)}) * START + ${before} + own % ${u(size)}];
    return;
  }`;
    })
    .join('');
