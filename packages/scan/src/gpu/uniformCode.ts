import { u } from '@tapehead/core/kernels';
import { countOf } from '../graph/graph.js';
import type { Loop, Store } from '../plan/work.js';
import { type CodeContext, lanesLoop, readCode, uniformName, writeCode } from './element.js';
import { declaredFolds, foldInto } from './folds.js';
import { argumentName, elementOf, indices, storeLines, termLines } from './loopCode.js';
import type { Join, Partial, Uniform } from './uniform.js';

/** Results, by WGSL, that every lane has, and of which one lane writes those that are read elsewhere. */
type Result = readonly [to: Store['to'], value: string];

function forAll(results: readonly Result[], lines: readonly string[], context: CodeContext): string {
  const own = results.filter(([{ cell }]) => context.isUniform(cell));
  const writes = results.map(([to, value]) => writeCode(elementOf(to), value, context)).join(' ');
  return [
    ...own.map(([{ cell }]) => `var ${uniformName(cell)}: f32;`),
    '{',
    ...lines,
    ...own.map(([{ cell }, value]) => `${uniformName(cell)} = ${value};`),
    ...(writes.trim() === '' ? [] : [`if (lane == 0u) { ${writes} }`]),
    '}',
  ].join('\n');
}

const foldResults = ({ reductions }: Pick<Loop, 'reductions'>): Result[] =>
  reductions.map(({ to }, i) => [to, `fold${i}`]);

export function uniformCode(piece: Uniform, context: CodeContext): string {
  const loop: Loop = { ...piece, kind: 'loop' };
  if (loop.reductions.length > 0)
    return forAll(foldResults(loop), foldLines(loop, '0u', 1, context), context);
  const results = loop.stores.map(({ from, to }): Result => [to, argumentName(loop, from)]);
  return forAll(
    results,
    [indices('0u', [...loop.sizes.keys()], loop.sizes), ...termLines(loop, context)],
    context,
  );
}

/** Folds every `step`th term. */
function foldLines(loop: Loop, first: string, step: number, context: CodeContext): string[] {
  const { sizes, reductions } = loop;
  return [
    declaredFolds(reductions.map(({ f }) => f)),
    ...(countOf(sizes) === 0
      ? []
      : [
          `for (var r = ${first}; r < ${u(countOf(sizes))}; r += ${u(step)}) {`,
          indices('r', [...sizes.keys()], sizes),
          ...termLines(loop, context),
          ...storeLines(loop, context),
          ...reductions.map(({ f, from }, i) => foldInto(f, i, argumentName(loop, from))),
          '}',
        ]),
  ];
}

export function partialCode(piece: Partial, context: CodeContext): string {
  const loop: Loop = { ...piece, kind: 'loop' };
  const writes = piece.to.map((cell, i) => writeCode({ cell, offset: 0, index: '+ k' }, `fold${i}`, context));
  return lanesLoop('k', piece.parts, [...foldLines(loop, 'k', piece.parts, context), ...writes].join('\n'));
}

export function joinCode({ folds, parts }: Join, context: CodeContext): string {
  const lines = [
    declaredFolds(folds.map(({ f }) => f)),
    `for (var part = 0u; part < ${u(parts)}; part++) {`,
    ...folds.map(({ f, from }, i) =>
      foldInto(f, i, readCode({ cell: from, offset: 0, index: '+ part' }, context)),
    ),
    '}',
  ];
  return forAll(
    folds.map(({ to }, i): Result => [to, `fold${i}`]),
    lines,
    context,
  );
}
