import { u } from '@tapehead/core/kernels';
import type { RowSum, Rows, WeightSlope } from '../plan/work.js';
import type { ScanProgram } from './program.js';
import type { Regions } from './regions.js';

/** Sums over all rows: a tile of a weight's slope for each workgroup, a number for each lane. */
export function sumsProgram(
  all: readonly (WeightSlope | RowSum)[],
  regions: Regions,
  { maxComputeInvocationsPerWorkgroup: most }: GPUSupportedLimits,
): Omit<ScanProgram, 'key'>[] {
  const sums = all.map(sidesOf).filter(({ depth, columns }) => depth * columns > 0);
  if (sums.length === 0) return [];
  const tile = most >= 256 ? 16 : 8;
  let first = 0;
  const cases = sums.map((sum, i) => {
    const before = first;
    const { depth, columns } = sum;
    first += Math.ceil(depth / tile) * Math.ceil(columns / tile);
    return `if (group < ${u(first)}) { sum${i}(group - ${u(before)}); return; }`;
  });
  const groups = first;
  return [
    {
      label: 'sums',
      lanes: tile ** 2,
      groups: () => groups,
      far: 0,
      code: `const TILE = ${u(tile)};
var<workgroup> left: array<f32, ${u(tile ** 2)}>;
var<workgroup> right: array<f32, ${u(tile ** 2)}>;
${sums.map((sum, i) => sumCode(sum, `sum${i}`, regions, tile)).join('')}
fn run(group: u32) {
${cases.join('\n')}
}
`,
    },
  ];
}

interface Sides extends Pick<RowSum, 'out'> {
  /** None: ones. */
  readonly a: Rows | undefined;
  readonly d: Rows;
  readonly depth: number;
  readonly columns: number;
}

function sidesOf(sum: WeightSlope | RowSum): Sides {
  if (sum.kind === 'weightSlope') return sum;
  return { a: undefined, d: one(sum.d), depth: 1, columns: sum.count, out: sum.out };
}

const one = (place: RowSum['out']): Rows => ({ ...place, step: 0, count: 1 });

/** out[k, j] = Σ a[row, k] · d[row, j] over all rows of all sequences and steps. */
function sumCode(
  { a, d, depth, columns, out }: Sides,
  name: string,
  { place, rowBases, fixedBases }: Regions,
  tile: number,
): string {
  const across = Math.ceil(columns / tile);
  const at = ({ cell, offset, step }: Rows, index: string): string => {
    const { buffer, base, offset: own } = place(cell);
    const start = base === undefined ? '' : `${base} + `;
    return `${buffer}[${start}${u(own + offset)} + i * ${u(step)} + ${index}]`;
  };
  return `
fn ${name}(group: u32) {
let i = 0u;
${fixedBases('backward', 0)}
let down = lane / TILE;
let along = lane % TILE;
let k = group / ${u(across)} * TILE;
let j = group % ${u(across)} * TILE;
let count = given.N * ${u(d.count)};
var sum = 0.0;
for (var first = 0u; first < count; first += TILE) {
let item = first + down;
left[lane] = 0.0;
right[lane] = 0.0;
if (item < count) {
let i = item % ${u(d.count)};
let b = item / ${u(d.count)} / given.T;
let t = item / ${u(d.count)} % given.T;
${rowBases('backward')}
if (k + along < ${u(depth)}) { left[lane] = ${a === undefined ? '1.0' : at(a, 'k + along')}; }
if (j + along < ${u(columns)}) { right[lane] = ${at(d, 'j + along')}; }
}
workgroupBarrier();
for (var r = 0u; r < TILE; r++) { sum += left[r * TILE + down] * right[r * TILE + along]; }
workgroupBarrier();
}
if (k + down < ${u(depth)} && j + along < ${u(columns)}) {
${at(one(out), `(k + down) * ${u(columns)} + j + along`)} = sum;
}
}
`;
}
