import { cast, scalar, Tensor, tensor, variable, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';

/** An argument of a fuzzed call. What it is made of exists only while the call runs. */
export interface Given extends fc.WithToStringMethod {
  /** What fast-check prints. */
  readonly text: string;
  readonly make: () => unknown;
  /** True for numbers of ordinary size: what is made from them alone is no NaN, and the same on every engine. */
  readonly plain: boolean;
}

/** A value as it is. */
export const value = (text: string, make: () => unknown, plain = true): Given => ({
  text,
  make,
  plain,
  [fc.toStringMethod]: () => text,
});

/** One of these values. */
export const oneOf = (...values: readonly unknown[]): fc.Arbitrary<Given> =>
  fc.constantFrom(...values).map((each) => value(fc.stringify(each), () => each));

/** What no function of tensors takes, or only where it takes a number. */
const odd: readonly Given[] = [
  value('undefined', () => undefined),
  value('null', () => null),
  value("'3'", () => '3'),
  value("['3']", () => ['3']),
  value('{}', () => ({})),
  value('a function', () => () => 1),
  value('3n', () => 3n),
  value('a symbol', () => Symbol('odd')),
  value('a date', () => new Date(0)),
  value('a map', () => new Map([['shape', 3]])),
  value('{ shape: [2, 3] }', () => ({ shape: [2, 3] })),
  value('Float64Array', () => new Float64Array(3)),
  value('BigInt64Array', () => new BigInt64Array(3)),
  value('DataView', () => new DataView(new ArrayBuffer(8))),
  value('[[1, 2], [3]]', () => [[1, 2], [3]]),
  value('[1, [2]]', () => [1, [2]]),
  value('[1, , 3]', holed),
  value('an array that holds itself', endless),
  value('[]', () => []),
  value('[[]]', () => [[]]),
  value('a disposed tensor', disposed),
  value('a tensor of strings', () => tensor(['a', 'b'])),
  value('zeros [0]', () => zeros([0])),
  value('zeros [2, 0, 3]', () => zeros([2, 0, 3])),
  value('zeros [1, 1, 1, 1, 1, 1]', () => zeros([1, 1, 1, 1, 1, 1])),
  value('true', () => true),
  value('NaN', () => Number.NaN, false),
  value('1e300', () => 1e300, false),
  value('-0.5', () => -0.5),
];

function disposed(): Tensor {
  const gone = scalar(1);
  gone.dispose();
  return gone;
}

function holed(): number[] {
  const list = [1, 2, 3];
  delete list[1];
  return list;
}

function endless(): unknown[] {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

export const odds: fc.Arbitrary<Given> = fc.constantFrom(...odd);

/** These sizes in most cases; else numbers that are no sizes, sizes that no machine has room for, and what is no number. */
export const sizes = (...good: readonly number[]): fc.Arbitrary<Given> =>
  fc.oneof(
    { weight: 6, arbitrary: oneOf(...good) },
    { weight: 2, arbitrary: oneOf(0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e12, 2 ** 53, 1e300) },
    { weight: 1, arbitrary: odds },
  );

type Kind = 'float32' | 'int32' | 'bool' | 'array' | 'typed' | 'variable' | 'NaN' | 'huge';

const kinds: fc.Arbitrary<Kind> = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Kind>('float32') },
  { weight: 3, arbitrary: fc.constantFrom<Kind>('int32', 'bool', 'array', 'typed', 'variable') },
  { weight: 1, arbitrary: fc.constantFrom<Kind>('NaN', 'huge') },
);

/** Numbers of a shape: tensors of every type of number, variables, arrays. */
export function numbers(shape: readonly number[], low = 0, high = 1): fc.Arbitrary<Given> {
  return fc
    .tuple(kinds, fc.integer({ min: 1, max: 1e6 }))
    .map(([kind, seed]) =>
      value(
        `${kind} [${shape.join(', ')}] of seed ${seed}`,
        () => made(kind, [...shape], randomOf(seed, shape, low, high)),
        kind !== 'NaN' && kind !== 'huge',
      ),
    );
}

/** Numbers of this shape in most cases; else of one near it, or what is no numbers. */
export function argument(shape: readonly number[], low = 0, high = 1): fc.Arbitrary<Given> {
  return fc.oneof(
    { weight: 20, arbitrary: numbers(shape, low, high) },
    { weight: 1, arbitrary: fc.constantFrom(...near(shape)).chain((other) => numbers(other, low, high)) },
    { weight: 1, arbitrary: odds },
  );
}

/** An object of arguments; in a few cases without one of them, with one too many, or no object. */
export function fields(each: Readonly<Record<string, fc.Arbitrary<Given>>>): fc.Arbitrary<Given> {
  const left = rarely('', Object.keys(each));
  const objects = fc.tuple(fc.record({ ...each }), left, rarely('', ['odd'])).map(([all, leave, add]) => {
    const kept = Object.entries(all).filter(([name]) => name !== leave);
    return value(
      `{ ${kept.map(([name, { text }]) => `${name}: ${text}`).join(', ')} ${add} }`,
      () => ({
        ...Object.fromEntries(kept.map(([name, { make }]) => [name, make()])),
        ...(add === '' ? {} : { [add]: 1 }),
      }),
      kept.every(([, { plain }]) => plain),
    );
  });
  return fc.oneof({ weight: 20, arbitrary: objects }, { weight: 1, arbitrary: odds });
}

/** A list of arguments; in a few cases one too short or too long. */
export function listOf(each: fc.Arbitrary<Given>, length: number): fc.Arbitrary<Given> {
  return rarely(length, [length - 1, length + 1])
    .chain((many) => fc.array(each, { minLength: many, maxLength: many }))
    .map((all) =>
      value(
        `[${all.map(({ text }) => text).join(', ')}]`,
        () => all.map(({ make }) => make()),
        all.every(({ plain }) => plain),
      ),
    );
}

const rarely = <T>(common: T, rare: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 15, arbitrary: fc.constant(common) },
    { weight: 1, arbitrary: fc.constantFrom(...rare) },
  );

/** Shapes with one size changed, one axis less, one more, and in reverse. */
function near(shape: readonly number[]): (readonly number[])[] {
  const changed = shape.flatMap((size, axis) =>
    [size + 1, 1, 0].map((other) => shape.map((own, i) => (i === axis ? other : own))),
  );
  return [...changed, shape.slice(1), shape.slice(0, -1), [1, ...shape], [...shape, 1], [...shape].reverse()];
}

function made(kind: Kind, shape: number[], list: Float32Array): unknown {
  switch (kind) {
    case 'int32':
    case 'bool':
      return owned(tensor(list, shape), (given) => cast(given, kind));
    case 'array':
      return owned(tensor(list, shape), (given) => given.arraySync());
    case 'typed':
      return shape.length === 1 ? list : tensor(list, shape);
    case 'variable':
      return owned(tensor(list, shape), (given) => variable(given, false));
    case 'NaN':
      return tensor(list.fill(Number.NaN, 0, 1), shape);
    case 'huge':
      return tensor(list.fill(3e38, 0, 1), shape);
    default:
      return tensor(list, shape);
  }
}

/** What is made of a tensor, which is disposed. */
function owned<Made>(given: Tensor, make: (given: Tensor) => Made): Made {
  const result = make(given);
  given.dispose();
  return result;
}

/** Numbers from `low` to `high`, the same for the same seed. */
function randomOf(seed: number, shape: readonly number[], low: number, high: number): Float32Array {
  let state = seed;
  const next = () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return low + ((high - low) * state) / 2 ** 32;
  };
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, next);
}

/** The tensors in a value, in any nesting of arrays and objects. */
export function tensorsIn(given: unknown, seen = new Set<unknown>()): Tensor[] {
  if (given instanceof Tensor) return [given];
  if (typeof given !== 'object' || given === null || ArrayBuffer.isView(given) || seen.has(given)) return [];
  seen.add(given);
  return Object.values(given).flatMap((each) => tensorsIn(each, seen));
}
