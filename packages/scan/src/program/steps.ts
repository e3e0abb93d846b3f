import { type Code, i32, memoryFill } from '../emit/code.js';
import { forLoop, sequence } from '../emit/control.js';
import type { Region } from '../plan/layout.js';
import type { Schedule, Segment } from '../plan/schedule.js';
import { type Pass, runRows } from './pass.js';
import { productCode } from './products.js';

/** Runs a schedule: what comes before the steps, each step, what comes after. Sums are left out. */
export function stepsCode(
  pass: Pass,
  { before, steps, after }: Schedule,
  direction: 'forward' | 'backward',
): Code {
  const { fn, T, B, all, row } = pass;
  const t = fn.local('i32');
  const turn = direction === 'forward' ? swapFrames(pass) : swapSlopes(pass);
  const step = sequence(
    ...steps.map((segment) => segmentCode(pass, segment, row.get, i32.add(row.get, B.get), B.get)),
  );
  const [start, move] =
    direction === 'forward' ? [i32.const(0), i32.add] : [i32.sub(all.get, B.get), i32.sub];
  return sequence(
    allStepsCode(pass, before),
    row.set(start),
    forLoop(
      t,
      { from: i32.const(0), to: T.get, step: 1 },
      sequence(step, row.set(move(row.get, B.get)), turn),
    ),
    allStepsCode(pass, after),
  );
}

/** Segments for the rows of all steps at once. */
function allStepsCode(pass: Pass, segments: readonly Segment[]): Code {
  const all = pass.all.get;
  return sequence(...segments.map((segment) => segmentCode(pass, segment, i32.const(0), all, all)));
}

/** A segment for the `count` rows from `first` to `behind`. */
function segmentCode(pass: Pass, { rows, products }: Segment, first: Code, behind: Code, count: Code): Code {
  return sequence(
    runRows(pass, rows, first, behind),
    ...products.map((product) => productCode(pass, product, first, count)),
  );
}

function swapFrames(pass: Pass): Code {
  return pass.plan.layout.framesAre === 'two' ? swap(pass, 'frame', 'frameBefore') : [];
}

/** Parts of the state without a slope must not get that of the last step again: they are cleared. */
function swapSlopes(pass: Pass): Code {
  const { plan, regions, read, B } = pass;
  if (plan.layout.slopesAre !== 'two') return [];
  const lacks = plan.lowered.roles.newStateSlope.includes(undefined);
  const bytes = i32.mul(B.get, i32.const(4 * regions.pitchOf('slopeIn')));
  const clear = lacks ? memoryFill(read('slopeIn'), i32.const(0), bytes) : [];
  return sequence(clear, swap(pass, 'slopeOut', 'slopeIn'));
}

/** Exchanges where two regions begin. */
function swap({ fn, at, table, read }: Pass, a: Region, b: Region): Code {
  const kept = fn.local('i32');
  return sequence(
    kept.set(read(a)),
    i32.store(at.get, read(b), 4 * table.indexOf(a)),
    i32.store(at.get, kept.get, 4 * table.indexOf(b)),
  );
}
