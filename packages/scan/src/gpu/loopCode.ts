import { u } from '@tapehead/core/kernels';
import type { Access, Argument, Loop } from '../plan/work.js';
import { type CodeContext, type Element, lanesLoop, readCode, writeCode } from './element.js';
import { foldInto, foldsCode, type PieceCode } from './folds.js';
import { functionCode, literal } from './functions.js';

/** The code of a loop whose reductions all go over the same axes. */
export function loopCode(loop: Loop, context: CodeContext, strandsAt: number): PieceCode {
  const { sizes, reductions } = loop;
  const over = reductions[0]?.over ?? sizes.map(() => false);
  const [kept, folded] = [false, true].map((wanted) =>
    [...sizes.keys()].filter((axis) => over[axis] === wanted),
  );
  if (kept === undefined || folded === undefined) throw new Error('axes are kept or folded');
  const countOf = (axes: readonly number[]) => axes.reduce((count, axis) => count * (sizes[axis] ?? 1), 1);
  const keptIndices = indices('k', kept, sizes);
  const inner = (lines: readonly string[]): string =>
    [...termLines(loop, context), ...storeLines(loop, context), ...lines].join('\n');
  if (reductions.length === 0)
    return { code: lanesLoop('k', countOf(kept), `${keptIndices}\n${inner([])}`), strands: 0 };
  const foldLines = reductions.map(({ f, from }, i) => foldInto(f, i, argumentName(loop, from)));
  return foldsCode(
    {
      count: countOf(kept),
      depth: countOf(folded),
      functions: reductions.map(({ f }) => f),
      before: keptIndices,
      terms: (part, parts) =>
        countOf(folded) === 0
          ? ''
          : `for (var r = ${part}; r < ${u(countOf(folded))}; r += ${parts}) {
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
  const accesses = [...readIn(loop), ...loop.stores.map(({ to }) => to)];
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
  for (const [name, access] of readsByName(loop))
    lines.push(`let ${name} = ${readCode(elementOf(access), context)};`);
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

export function argumentName(loop: Loop, argument: Argument): string {
  if (argument.kind === 'constant') return literal(argument.value);
  if (argument.kind === 'register') return `t${argument.index}`;
  const wanted = keyOf(argument.access);
  for (const [name, access] of readsByName(loop)) if (keyOf(access) === wanted) return name;
  throw new Error('a number is read by a name');
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
