import {
  add,
  mod,
  mul,
  randomUniform,
  scalar,
  type Tensor,
  tanh,
  tensor,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { Leaf } from '../trace/record.js';
import type { Trial } from './compare.js';
import { Draws } from './draws.js';
import { size } from './lines/line.js';
import { become, writeLines } from './makers.js';
import { type Entry, exampleBatch, Writer } from './writer.js';

/** A random step, as text. Its tensors are made, and disposed of, by `build`. */
export interface RandomStep {
  readonly seed: number;
  readonly batch: number;
  readonly time: number;
  /** Seeds of its lines, in order. */
  readonly lines: readonly number[];
}

/** Random steps; they shrink by leaving out lines. */
export const randomStep: fc.Arbitrary<RandomStep> = fc
  .record({
    seed: fc.noShrink(fc.nat(0xffffff)),
    batch: fc.integer({ min: 1, max: 5 }),
    time: fc.integer({ min: 2, max: 5 }),
    lines: fc.array(fc.noShrink(fc.nat(0xffffff)), { minLength: 1, maxLength: 24, size: 'max' }),
  })
  .map((step) => ({ ...step, toString: () => JSON.stringify(step) }));

const whole = (n: number) => scalar(n, 'int32');

/** Up to rank 4 with the batch. */
function leaf(draws: Draws): Leaf {
  const rank = draws.one([0, 1, 1, 1, 2, 2, 3]);
  const shape = Array.from({ length: rank }, () => size(draws));
  return shape.reduce((all, n) => all * n, 1) > 300 ? leaf(draws) : { shape, dtype: 'float32' };
}

/**
 * Makes the step. Call it in a `tidy` that lasts as long as the step.
 *
 * @returns also its text, and whether tfjs has the gradients of its ops
 */
export function build({ seed, batch, time, lines }: RandomStep): Trial & {
  readonly text: string;
  readonly gradients: boolean;
} {
  const draws = new Draws(seed);
  const w = new Writer(draws, draws.chance(0.85));
  const integers = (probability: number, dtype: Leaf['dtype'], shape: number[]): Leaf[] =>
    draws.chance(probability) ? [{ shape, dtype }] : [];
  const x = [
    ...Array.from({ length: 1 + draws.below(2) }, () => leaf(draws)),
    ...integers(0.25, 'int32', draws.one([[], [3]])),
    ...integers(0.1, 'bool', draws.one([[], [5]])),
  ];
  const state = [
    ...Array.from({ length: 1 + draws.below(3) }, () => leaf(draws)),
    ...integers(0.1, 'int32', []),
  ];
  const example = ({ shape, dtype }: Leaf) =>
    dtype === 'float32'
      ? w.given(randomUniform([exampleBatch, ...shape], -1, 1, dtype, draws.below(1e6)))
      : w.given(zeros([exampleBatch, ...shape], dtype), dtype === 'bool' ? 2 : 3);
  for (const each of [...x, ...state]) example(each);
  for (const line of lines) {
    w.draws.reseed(line);
    writeLines(w);
  }
  draws.reseed(seed + 1);
  const nextState = state.map(({ shape, dtype }, i): Entry | undefined => {
    const before = w.entries[x.length + i];
    if (before && dtype === 'int32')
      return w.write(`${before.id} + 1, of 3`, 1, (read) => mod(add(read(before), whole(1)), whole(3)), 3);
    if (draws.chance(0.07)) return before;
    const made = become(w, shape);
    const kept = draws.chance(0.5);
    return (
      made &&
      before &&
      w.write(`tanh ${made.id}${kept ? ` + ${before.id} / 2` : ''}`, 1, (read) => {
        const next = tanh(read(made));
        return kept ? add(next, mul(0.5, read(before))) : next;
      })
    );
  });
  const rows = w.entries.filter(({ lead }) => lead === 1);
  const latest = rows.filter(({ dtype }) => dtype === 'float32').slice(-5);
  const outputs = Array.from({ length: 1 + draws.below(3) }, () =>
    draws.maybe(draws.chance(0.3) ? rows : latest),
  );
  const givens = x.length + state.length;
  const step: Trial['step'] = (xs, states) => {
    const tensors: Tensor[] = [...xs, ...states];
    const read = ({ id }: Entry) => tensors[id] ?? tensor(0);
    const sequences = tensors[0]?.shape[0] ?? 1;
    for (const { run } of w.lines) tensors.push(run(read, sequences));
    const all = (entries: readonly (Entry | undefined)[], otherwise: (i: number) => Entry | undefined) =>
      entries.map((entry, i) => read(entry ?? otherwise(i) ?? w.row()));
    return { outputs: all(outputs, () => undefined), state: all(nextState, (i) => w.entries[x.length + i]) };
  };
  const text = [
    `x ${x.map(({ shape, dtype }) => `${dtype} [${shape}]`).join(', ')}; state ${state.map(({ shape }) => `[${shape}]`).join(', ')}`,
    ...w.lines.map(({ text }) => text),
    `outputs ${outputs.map((e) => e?.id)}; state ${nextState.map((e, i) => e?.id ?? x.length + i)}`,
    `batch ${batch}, time ${time}; ${givens} given`,
  ].join('\n');
  return { step, x, state, batch, time, seed, text, gradients: w.gradients };
}
