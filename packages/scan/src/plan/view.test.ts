import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, type Shape, stridesOf } from '../graph/graph.js';
import { broadcastStrides, isContiguous, reshaped, type View, wholeOf } from './view.js';

/** The indices of a shape, in row-major order. */
function indicesOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}
const placeAt = ({ offset, strides }: View, index: readonly number[]): number =>
  index.reduce((place, i, axis) => place + i * (strides[axis] ?? 0), offset);
const placesOf = (view: View): number[] => indicesOf(view.shape).map((index) => placeAt(view, index));

/** The view of this shape with these places in row-major order, if strides can say them. */
function viewOfPlaces(places: readonly number[], shape: Shape): View | undefined {
  const natural = stridesOf(shape);
  const offset = places[0] ?? 0;
  const strides = shape.map((size, axis) => (size === 1 ? 0 : (places[natural[axis] ?? 0] ?? 0) - offset));
  const view = { cell: 0, offset, shape, strides };
  return String(placesOf(view)) === String(places) ? view : undefined;
}

const sizes = fc.constantFrom(1, 2, 3, 4, 6);
const views = fc
  .array(fc.tuple(sizes, fc.constantFrom(-6, -3, -1, 0, 1, 2, 3, 4, 6, 12, 24)), { maxLength: 4 })
  .map(
    (axes): View => ({ cell: 0, offset: 100, shape: axes.map(([n]) => n), strides: axes.map(([, s]) => s) }),
  );
const permuted = fc
  .tuple(fc.array(sizes, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat(99)))
  .map(([shape, stream]): View => {
    const { strides } = wholeOf(0, shape);
    const keys = shape.map(() => stream.next().value ?? 0);
    const order = [...shape.keys()].sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
    const pick = (list: readonly number[]) => order.map((axis) => list[axis] ?? 1);
    return { cell: 0, offset: 0, shape: pick(shape), strides: pick(strides) };
  });

/** Shapes of as many numbers. */
const shapesOf = (count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat(99), { maxLength: 4 }).map((draws) => {
    let rest = count;
    const shape = draws.map((draw) => {
      const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((n) => rest % n === 0);
      const size = divisors[draw % divisors.length] ?? 1;
      rest /= size;
      return size;
    });
    return [...shape, rest];
  });
const reshapes = fc
  .oneof(views, permuted)
  .chain((view) => fc.tuple(fc.constant(view), shapesOf(countOf(view.shape))));

describe('a view', () => {
  it('is reshaped exactly where strides can say it, and then has the same numbers', () => {
    fc.assert(
      fc.property(reshapes, ([view, shape]) => {
        const found = reshaped(view, shape);
        const places = placesOf(view);
        expect(found === undefined).toBe(viewOfPlaces(places, shape) === undefined);
        if (found !== undefined) expect(placesOf(found)).toEqual(places);
      }),
      { numRuns: 2000 },
    );
  });

  it('is contiguous if and only if its numbers follow each other', () => {
    fc.assert(
      fc.property(fc.oneof(views, permuted), (view) => {
        const places = placesOf(view);
        expect(isContiguous(view)).toBe(places.every((place, i) => place === view.offset + i));
      }),
    );
  });

  it('is broadcast as numpy does', () => {
    expect(broadcastStrides(wholeOf(0, [3, 1, 2]), [5, 3, 4, 2])).toEqual([0, 2, 0, 1]);
  });
});
