import { u } from '@tapehead/core/kernels';
import { countOf } from '../graph/graph.js';
import { type Access, type Argument, accessesOf, type Loop } from '../plan/work.js';
import { type CodeContext, type Element, lanesLoop, readCode, writeCode } from './element.js';
import { foldInto, foldsCode, type PieceCode } from './folds.js';
import { functionCode, literal } from './functions.js';

/** The code of a loop whose reductions all go over the same axes. */
export function loopCode(loop: Loop, context: CodeContext, strandsAt: number): PieceCode {
  const { sizes, reductions } = loop;
  const axes = [...sizes.keys()];
  const isFolded = (axis: number): boolean => reductions[0]?.over[axis] === true;
  const kept = axes.filter((axis) => !isFolded(axis));
  const folded = axes.filter(isFolded);
  const countOver = (some: readonly number[]) => countOf(some.map((axis) => sizes[axis] ?? 1));
  const keptIndices = indices('k', kept, sizes);
  const inner = (lines: readonly string[]): string =>
    [...termLines(loop, context), ...storeLines(loop, context), ...lines].join('\n');
  if (reductions.length === 0)
    return { code: lanesLoop('k', countOver(kept), `${keptIndices}\n${inner([])}`), strands: 0 };
  const foldLines = reductions.map(({ f, from }, i) => foldInto(f, i, argumentName(loop, from)));
  return foldsCode(
    {
      count: countOver(kept),
      depth: countOver(folded),
      functions: reductions.map(({ f }) => f),
      before: keptIndices,
      terms: (part, parts) =>
        countOver(folded) === 0
          ? ''
          : `for (var r = ${part}; r < ${u(countOver(folded))}; r += ${parts}) {
${indices('r', folded, sizes)}
${inner(foldLines)}
}`,
      store: (i) => {
        const to = reductions[i]?.to;
        return to === undefined ? '' : writeCode(elementOf(to), `fold${i}`, context);
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
  const accesses = [...accessesOf(loop), ...loop.stores.map(({ to }) => to)];
  const score = (axis: number | undefined): number =>
    axis === undefined ? -1 : accesses.filter(({ strides }) => strides[axis] === 1).length;
  return score(folded) > score(kept) ? 'terms' : 'folds';
}

/** `let i0 = …`: the indices of axes, of an index over all of them. */
export function indices(all: string, axes: readonly number[], sizes: readonly number[]): string {
  let behind = 1;
  const lines = [...axes].reverse().map((axis, i) => {
    const size = sizes[axis] ?? 1;
    const shifted = behind === 1 ? all : `${all} / ${u(behind)}`;
    behind *= size;
    return `let i${axis} = ${i === axes.length - 1 ? shifted : `${shifted} % ${u(size)}`};`;
  });
  return lines.join(' ');
}

/** Reads each number once, and computes the terms. */
export function termLines(loop: Loop, context: CodeContext): string[] {
  const lines: string[] = [];
  for (const access of readsIn(loop).values())
    lines.push(`let ${nameOf(loop, access)} = ${readCode(elementOf(access), context)};`);
  for (const [i, { f, args }] of loop.terms.entries()) {
    if (args.length > 0)
      lines.push(
        `let t${i} = ${functionCode(
          f,
          args.map((each) => argumentName(loop, each)),
        )};`,
      );
  }
  return lines;
}

export const storeLines = (loop: Loop, context: CodeContext): string[] =>
  loop.stores.map(({ from, to }) => writeCode(elementOf(to), argumentName(loop, from), context));

const keyOf = ({ cell, offset, strides }: Access): string => `${cell},${offset},${strides}`;

const readsOfLoops = new WeakMap<Loop, Map<string, Access>>();

/** What a loop reads, each once. */
function readsIn(loop: Loop): Map<string, Access> {
  const known = readsOfLoops.get(loop);
  if (known !== undefined) return known;
  const reads = new Map(accessesOf(loop).map((access) => [keyOf(access), access]));
  readsOfLoops.set(loop, reads);
  return reads;
}

const nameOf = (loop: Loop, access: Access): string => `a${[...readsIn(loop).keys()].indexOf(keyOf(access))}`;

export function argumentName(loop: Loop, argument: Argument): string {
  if (argument.kind === 'constant') return literal(argument.value);
  if (argument.kind === 'register') return `t${argument.index}`;
  return nameOf(loop, argument.access);
}

/** By the indices `i0`, `i1` …. */
export function elementOf({ cell, offset, strides }: Access): Element {
  const parts = strides.flatMap((stride, axis) => {
    if (stride === 0) return [];
    const by = Math.abs(stride) === 1 ? '' : ` * ${u(Math.abs(stride))}`;
    return [`${stride < 0 ? '-' : '+'} i${axis}${by}`];
  });
  return { cell, offset, index: parts.join(' ') };
}
