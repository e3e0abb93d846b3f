import { u } from '@tapehead/core/kernels';
import type { Call, CallArgument } from '../plan/work.js';
import { type CodeContext, lanesLoop, readCode, writeCode } from './element.js';
import { literal } from './functions.js';

type Reading = (operand: number, index: string) => string;
type Writing = (index: string, value: string) => string;

/** What the fixed functions compute, as WGSL; `at(i, index)` is the number of the operand i at an index. */
const calls: Readonly<Record<string, (at: Reading, put: Writing, numbers: readonly number[]) => string>> = {
  gather: (at, put, [outer = 0, rows = 0, inner = 0, count = 0]) =>
    lanesLoop(
      'k',
      outer * count * inner,
      `let row = k / ${u(inner)};
let index = ${at(1, `row % ${u(count)}`)};
var value = ${literal(Number.NaN)};
if (index >= 0.0 && index < ${literal(rows)}) {
value = ${at(0, `(row / ${u(count)} * ${u(rows)} + u32(index)) * ${u(inner)} + k % ${u(inner)}`)};
}
${put('k', 'value')}`,
    ),
  segmentSum: (at, put, [count = 0, segments = 0, inner = 0]) =>
    lanesLoop(
      'k',
      segments * inner,
      `let segment = f32(k / ${u(inner)});
var sum = 0.0;
for (var r = 0u; r < ${u(count)}; r++) {
if (${at(1, 'r')} == segment) { sum += ${at(0, `r * ${u(inner)} + k % ${u(inner)}`)}; }
}
${put('k', 'sum')}`,
    ),
  argExtreme: (at, put, [outer = 0, count = 0, inner = 0, least = 0]) =>
    lanesLoop(
      'k',
      outer * inner,
      `let first = k / ${u(inner)} * ${u(count * inner)} + k % ${u(inner)};
var best = 0u;
var extreme = ${at(0, 'first')};
for (var r = 1u; r < ${u(count)}; r++) {
let next = ${at(0, `first + r * ${u(inner)}`)};
if (next ${least ? '<' : '>'} extreme) { best = r; extreme = next; }
}
${put('k', 'f32(best)')}`,
    ),
  cumulate: (at, put, [outer = 0, count = 0, inner = 0, isProduct = 0, exclusive = 0, reverse = 0]) =>
    lanesLoop(
      'k',
      outer * inner,
      `let first = k / ${u(inner)} * ${u(count * inner)} + k % ${u(inner)};
var running = ${literal(isProduct)};
for (var r = 0u; r < ${u(count)}; r++) {
let index = first + ${reverse ? `(${u(count)} - 1u - r)` : 'r'} * ${u(inner)};
let next = running ${isProduct ? '*' : '+'} ${at(0, 'index')};
${put('index', exclusive ? 'running' : 'next')}
running = next;
}`,
    ),
};

/** Whether there is WGSL for a function of the fixed module. */
export const isCall = (name: string): boolean => name in calls;

export function callCode({ name, args }: Call, context: CodeContext): string {
  const places: { cell: number; offset: number }[] = [];
  const numbers: number[] = [];
  for (const each of args) {
    if (isPlace(each)) places.push(each);
    else numbers.push(each);
  }
  const code = calls[name];
  const [to, ...from] = places;
  if (code === undefined || to === undefined) throw new Error(`no WGSL for ${name}`);
  const element = (place = to, index = '') => ({ ...place, index: `+ ${index}` });
  return code(
    (operand, index) => readCode(element(from[operand], index), context),
    (index, value) => writeCode(element(to, index), value, context),
    numbers,
  );
}

const isPlace = (each: CallArgument): each is { readonly cell: number; readonly offset: number } =>
  typeof each === 'object' && 'cell' in each;
