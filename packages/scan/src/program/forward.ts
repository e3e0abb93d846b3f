import { type Code, i32 } from '../emit/code.js';
import { sequence } from '../emit/control.js';
import { forLeaves, openPass, type Pass, runShared, sharedAddress } from './pass.js';
import { stepsCode } from './steps.js';
import { copyState, copySteps } from './tensors.js';
import { clearPaddingCode, packCode, productsOf, transposeCode } from './weights.js';
import type { Writer } from './writer.js';

/** Adds the export `forward`: copies tensors in, packs weights, runs all steps, copies the results out. */
export function addForward(writer: Writer): void {
  const { forward, backward, shared, lowered, layout } = writer.plan;
  const { x, state, outputs, nextState } = lowered.roles;
  const pass = openPass(writer);
  const steps = stepsCode(pass, forward, 'forward');
  // All packs must be known before the code that packs is written.
  for (const { weight, transposed } of backward === undefined ? [] : productsOf(backward))
    writer.packs.packOf(weight, transposed);
  const ready = sequence(copyCaptured(pass), runShared(pass, shared), packCode(pass));
  const given = forLeaves(x, (cell, leaf) => copySteps(pass, cell, `x ${leaf}`, 'in'));
  const start = state.map((_, leaf) =>
    copyState(pass, { leaf, region: 'frameBefore', row: i32.const(0) }, `state ${leaf}`, 'in'),
  );
  const results = forLeaves(outputs, (cell, leaf) => copySteps(pass, cell, `output ${leaf}`, 'out'));
  // Where two frames swap places, the last one is by now the one before.
  const region = layout.framesAre === 'two' ? 'frameBefore' : 'frame';
  const row = i32.sub(pass.all.get, pass.B.get);
  const ends = nextState.map((_, leaf) => copyState(pass, { leaf, region, row }, `final ${leaf}`, 'out'));
  const weights = sequence(transposeCode(pass, forward), clearPaddingCode(pass, forward));
  pass.fn.add(ready, given, start, weights, steps, results, ends);
  writer.module.add(pass.fn, 'forward');
}

/** Copies the captured tensors that loops read. */
function copyCaptured(pass: Pass): Code {
  const { kernel, read, regions, plan } = pass;
  return forLeaves(plan.lowered.roles.captured, (cell, leaf) => {
    if (regions.spotOf(cell).region !== 'shared') return [];
    const to = sharedAddress(pass, { cell, offset: 0 });
    const size = i32.const(plan.lowered.cells[cell]?.size ?? 0);
    return kernel('copyRows', to, i32.const(0), read(`captured ${leaf}`), i32.const(0), size, i32.const(1));
  });
}
