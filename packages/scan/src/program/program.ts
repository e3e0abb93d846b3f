import { multiplyAdd } from '../emit/code.js';
import { openModule } from '../emit/link.js';
import type { Plan } from '../plan/plan.js';
import { addBackward } from './backward.js';
import { addForward } from './forward.js';
import type { Floats } from './packs.js';
import { createWriter } from './writer.js';

/** A program for a plan, and what a caller must know to run it. */
export interface Program extends Floats {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The numbers that the functions find in memory, by name, in this order: see `sizes.ts`. */
  readonly table: readonly string[];
}

/** Writes the WebAssembly module of a plan: `forward`, and `back` and `backToX` where it has a way back. */
export function writeProgram(plan: Plan, base: Uint8Array, relaxed: boolean): Program {
  const { backward, backwardAlone = backward } = plan;
  const module = openModule(base);
  const writer = createWriter(plan, module, multiplyAdd(relaxed));
  for (const name of ['T', 'B', 'shared', 'work', 'transposed']) writer.table.indexOf(name);
  addForward(writer);
  if (backward !== undefined) addBackward(writer, backward, 'backToX');
  if (backwardAlone !== undefined) addBackward(writer, backwardAlone, 'back');
  return { bytes: module.bytes(), table: writer.table.names, ...writer.packs.floats() };
}
