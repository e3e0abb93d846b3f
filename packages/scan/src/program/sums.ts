import { type Code, i32 } from '../emit/code.js';
import { padded8 } from '../plan/padded.js';
import type { RowSum, WeightSlope } from '../plan/work.js';
import { addressIn, type Pass, pitchOf, placeAfter, sharedAddress } from './pass.js';

/** The rows of a block that a weight's gradient is summed by. */
const BLOCK = 128;

/** A sum over all sequences and steps. */
export function sumCode(pass: Pass, sum: RowSum | WeightSlope): Code {
  return sum.kind === 'rowSum' ? rowSumCode(pass, sum) : weightSlopeCode(pass, sum);
}

function rowSumCode(pass: Pass, { d, count, out }: RowSum): Code {
  return pass.kernel(
    'sumRowsOf',
    sharedAddress(pass, out),
    addressIn(pass, d, i32.const(0)),
    i32.const(4 * pitchOf(pass, d)),
    pass.all.get,
    i32.const(count),
  );
}

/** out = Σ aᵀ·d, once for each row that a sequence has. */
function weightSlopeCode(pass: Pass, { a, d, depth, columns, out }: WeightSlope): Code {
  const { packs, kernel, read, all } = pass;
  const paddedDepth = 4 * Math.ceil(depth / 4);
  const blockFloats = BLOCK * (paddedDepth + 64) + paddedDepth * padded8(columns);
  packs.needWork(blockFloats + depth * columns + 8);
  return Array.from({ length: a.count }, (_, i) =>
    kernel(
      'addWeightSlope',
      sharedAddress(pass, out),
      addressIn(pass, placeAfter(a, i * a.step), i32.const(0)),
      i32.const(pitchOf(pass, a)),
      addressIn(pass, placeAfter(d, i * d.step), i32.const(0)),
      i32.const(pitchOf(pass, d)),
      read('work'),
      i32.add(read('work'), i32.const(4 * blockFloats)),
      all.get,
      i32.const(depth),
      i32.const(columns),
      i32.const(Number(i > 0)),
    ),
  );
}
