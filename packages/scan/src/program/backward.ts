import { type Code, i32, memoryFill } from '../emit/code.js';
import { sequence } from '../emit/control.js';
import type { Schedule } from '../plan/schedule.js';
import { forLeaves, openPass, type Pass, runShared } from './pass.js';
import { stepsCode } from './steps.js';
import { sumCode } from './sums.js';
import { copyState, copySteps } from './tensors.js';
import { clearPaddingCode, transposeCode } from './weights.js';
import type { Writer } from './writer.js';

/** Adds the export `back`, or `backToX`, which also computes the gradient of x. */
export function addBackward(writer: Writer, schedule: Schedule, name: 'back' | 'backToX'): void {
  const { lowered, layout } = writer.plan;
  const { outputSlope, stateSlope, xSlope, newStateSlope } = lowered.roles;
  const pass = openPass(writer);
  const given = forLeaves(outputSlope, (cell, leaf) => copySteps(pass, cell, `outputSlope ${leaf}`, 'in'));
  const last = i32.sub(pass.all.get, pass.B.get);
  const start = forLeaves(stateSlope, (_, leaf) =>
    copyState(pass, { leaf, region: 'slopeIn', row: last }, `stateSlope ${leaf}`, 'in'),
  );
  const steps = stepsCode(pass, schedule, 'backward');
  const sums = schedule.sums.map((sum) => sumCode(pass, sum));
  const closing = runShared(pass, schedule.closing);
  const toX = forLeaves(name === 'backToX' ? xSlope : [], (cell, leaf) =>
    copySteps(pass, cell, `xSlope ${leaf}`, 'out'),
  );
  // Where the slopes of two steps swap places, the last ones are by now those that come in.
  const region = layout.slopesAre === 'two' ? 'slopeIn' : 'slopeOut';
  const ends = forLeaves(newStateSlope, (_, leaf) =>
    copyState(pass, { leaf, region, row: i32.const(0) }, `newStateSlope ${leaf}`, 'out'),
  );
  const cleared = clearSlopes(pass);
  const weights = sequence(transposeCode(pass, schedule), clearPaddingCode(pass, schedule));
  pass.fn.add(given, cleared, start, weights, steps, sums, closing, toX, ends);
  writer.module.add(pass.fn, name);
}

/** Parts of the state that nothing depends on have no slope: zeros, at all steps. */
function clearSlopes({ plan, regions, read, all, B }: Pass): Code {
  if (!plan.lowered.roles.newStateSlope.includes(undefined)) return [];
  const clear = (name: 'slopeIn' | 'slopeOut', rows: Code): Code =>
    memoryFill(read(name), i32.const(0), i32.mul(rows, i32.const(4 * regions.pitchOf('slopeIn'))));
  return plan.layout.slopesAre === 'all'
    ? clear('slopeOut', i32.add(all.get, B.get))
    : sequence(clear('slopeIn', B.get), clear('slopeOut', B.get));
}
