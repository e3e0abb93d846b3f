import { type Access, accessesOf, type Loop } from '../../plan/work.js';

/** One loop of a nest: `size` iterations, each of which moves by `times` along an axis. */
export interface Level {
  readonly axis: number;
  readonly size: number;
  readonly times: number;
}

/** The floats that are kept in registers while rows are summed: eight vectors, of one row or of several. */
export const MOST_IN_REGISTERS = 32;

/** By how many floats an iteration of the level moves. */
export function strideAt({ strides }: Pick<Access, 'strides'>, { axis, times }: Level): number {
  return (strides[axis] ?? 0) * times;
}

/** The nest of a loop, from the outermost level to the innermost, along which vectors lie. */
export function nestOf(loop: Loop): Level[] {
  const { sizes, stores, reductions } = loop;
  const inner = innermostOf(loop);
  const others = [...sizes.keys()].filter((axis) => axis !== inner);
  const innerSize = sizes[inner] ?? 1;
  const level = (axis: number): Level => ({ axis, size: sizes[axis] ?? 1, times: 1 });
  const isReduced = (axis: number): boolean => reductions.some(({ over }) => over[axis]);
  const reduced = others.filter(isReduced);
  const isUniform = reductions.every(({ over }) => others.every((axis) => over[axis] === isReduced(axis)));
  if (stores.length > 0 || reduced.length === 0 || !isUniform) return [...others, inner].map(level);
  const kept = others.filter((axis) => !isReduced(axis));
  const tile = isReduced(inner) ? innerSize : tileOf(innerSize, reductions.length);
  if (tile === innerSize) return [...kept, ...reduced, inner].map(level);
  return [
    ...kept.map(level),
    { axis: inner, size: innerSize / tile, times: tile },
    ...reduced.map(level),
    { axis: inner, size: tile, times: 1 },
  ];
}

/** The axis along which most accesses are contiguous. */
function innermostOf(loop: Loop): number {
  const { sizes, stores, reductions } = loop;
  const accesses = [...accessesOf(loop), ...stores.map(({ to }) => to), ...reductions.map(({ to }) => to)];
  let best = sizes.length - 1;
  let most = Number.NEGATIVE_INFINITY;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    // A store that scatters costs more than a load that gathers.
    const score = accesses.reduce((sum, { strides }) => {
      const stride = strides[axis] ?? 0;
      return sum + (stride === 1 ? 1 : stride === 0 ? 0 : -2);
    }, 0);
    const short = (sizes[axis] ?? 1) < 4 ? 0.5 : 0;
    if (score - short > most) [best, most] = [axis, score - short];
  }
  return best;
}

/** The longest part of a row that divides it and of which `rows` fit registers; all of it where there is none of two vectors. */
function tileOf(size: number, rows: number): number {
  const most = Math.max(8, MOST_IN_REGISTERS / rows);
  if (size <= MOST_IN_REGISTERS) return size;
  for (let tile = 4 * Math.floor(most / 4); tile >= 8; tile -= 4) if (size % tile === 0) return tile;
  return size;
}
