import { type Code, i32 } from '../../emit/code.js';
import { loopDown } from '../../emit/control.js';
import type { Loop } from '../../plan/work.js';
import { LANES, type LoopContext } from './context.js';
import { type OpenNest, openNest } from './openNest.js';
import { createSum } from './sums.js';
import { createVectorWriter, type Lanes } from './vector.js';

/** With more terms, a row is not unrolled by four: its registers would not suffice. */
const MOST_TERMS = 12;

/** The code of a loop for one sequence. */
export function loopCode(loop: Loop, context: LoopContext): Code {
  return context.fn.scope(() => writeLoop(loop, context));
}

function writeLoop(loop: Loop, context: LoopContext): Code {
  const nest = openNest(loop, context);
  const sums = loop.reductions.map((reduction) => createSum(nest, reduction));
  const writeVector = createVectorWriter(nest, sums);
  const row = nest.isUnrolled ? unrolledRow(nest, writeVector) : loopedRow(nest, writeVector);
  const code = levelsAround(nest, row);
  const { before, behind } = nest.around(-1);
  for (const sum of sums) {
    if (sum.kind !== 'memory') sum.finish();
    if (sum.fill !== undefined) before.push(loopCode(sum.fill, context));
  }
  return [before, code, behind];
}

/** All vectors of a row, one by one. */
function unrolledRow({ innermost: { size } }: OpenNest, writeVector: (lanes: Lanes) => Code): Code {
  return Array.from({ length: Math.ceil(size / LANES) }, (_, slot) => {
    const first = slot * LANES;
    return writeVector({ first, count: Math.min(LANES, size - first), slot });
  });
}

/** A loop over the vectors of a row, a few in each iteration, and the rest after it. */
function loopedRow(nest: OpenNest, writeVector: (lanes: Lanes) => Code): Code {
  const { innermost, last, pointers, context } = nest;
  const vectors = Math.floor(innermost.size / LANES);
  const unroll = unrollOf(nest, vectors);
  const body = Array.from({ length: unroll }, (_, slot) =>
    writeVector({ first: slot * LANES, count: LANES, slot }),
  );
  const rest = innermost.size % LANES;
  const tail = rest === 0 ? [] : writeVector({ first: 0, count: rest, slot: 0 });
  return [
    pointers.starts(last),
    loopDown(context.fn.local('i32'), i32.const(vectors / unroll), [
      body,
      pointers.moves(last, LANES * unroll),
    ]),
    tail,
  ];
}

/** How many vectors an iteration takes: a divisor of their count. */
function unrollOf({ loop }: OpenNest, vectors: number): number {
  if (vectors % 4 === 0 && loop.terms.length <= MOST_TERMS) return 4;
  return vectors % 2 === 0 ? 2 : 1;
}

/** Puts a row into the levels around it, from the inside out. */
function levelsAround({ levels, last, pointers, around, context }: OpenNest, row: Code): Code {
  return levels.slice(0, last).reduceRight((code: Code, { size }, level) => {
    const { before, behind } = around(level);
    const inside = [before, code, behind, pointers.moves(level, 1)];
    const repeated = size === 1 ? inside : loopDown(context.fn.local('i32'), i32.const(size), inside);
    return [pointers.starts(level), repeated];
  }, row);
}
