import { u } from '@tapehead/core/kernels';
import type { FoldFunction } from '../plan/work.js';
import { type CodeContext, lanesLoop } from './element.js';
import { functionCode, literal } from './functions.js';

/** The code of a piece, and where lanes share folds what one of them does behind a barrier. */
export interface PieceCode {
  readonly code: string;
  /** The floats of `strands` that it takes. */
  readonly strands: number;
  readonly end?: string;
}

const functions = { sum: 'add', prod: 'mul', max: 'max', min: 'min' } as const;
const identities: Readonly<Record<FoldFunction, number>> = {
  sum: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};

/** The statement that folds a value into `fold0`, `fold1` …. */
export function foldInto(f: FoldFunction, fold: number, value: string): string {
  return `fold${fold} = ${functionCode(functions[f], [`fold${fold}`, value])};`;
}

/** `var fold0 = …`: what the folds begin with. */
export const declaredFolds = (functions: readonly FoldFunction[]): string =>
  functions.map((f, i) => `var fold${i} = ${literal(identities[f])};`).join(' ');

/** Many folds of `depth` terms each, over the same terms. */
export interface Folds {
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

/** Lanes share the terms of a fold where there are fewer folds than lanes; `strandsAt`: where their floats begin. */
export function foldsCode(all: Folds, { lanes, mostStrands }: CodeContext, strandsAt: number): PieceCode {
  const { count, functions, along } = all;
  const parts = partsOf(all, lanes, Math.floor(mostStrands / functions.length));
  const declared = declaredFolds(functions);
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
  const joined = functions.map((f, i) => foldInto(f, i, `strands[${u(strandsAt + i * items)} + ${at}]`));
  const end = `${all.before} ${declared}
for (var part = 0u; part < ${u(parts)}; part++) { ${joined.join(' ')} }
${stores}`;
  return {
    code: lanesLoop('item', items, inside),
    strands: items * functions.length,
    end: lanesLoop('k', count, end),
  };
}

/** So few terms cost less than a barrier. */
export const FEW = 8;

/** The lanes that share a fold: a power of two, and no more than leave one of them little to join. */
function partsOf({ count, depth, along }: Folds, lanes: number, most: number): number {
  if (count === 0 || depth <= FEW) return 1;
  const least = along === 'terms' ? 8 : 1;
  const wanted = Math.max(least, Math.floor(lanes / count));
  const parts = Math.min(wanted, 2 * Math.sqrt(depth), depth, most / count);
  return parts < 2 ? 1 : 2 ** Math.floor(Math.log2(parts));
}
