import type { Code, MultiplyAdd } from '../emit/code.js';
import { call } from '../emit/control.js';
import type { OpenModule } from '../emit/link.js';
import type { Plan } from '../plan/plan.js';
import { createPacks, type Packs } from './packs.js';
import { createRegions, type Regions } from './regions.js';
import { createTable, type Table } from './table.js';

/** What the functions of a program are written with. */
export interface Writer {
  readonly plan: Plan;
  readonly module: OpenModule;
  readonly multiplyAdd: MultiplyAdd;
  readonly table: Table;
  readonly regions: Regions;
  readonly packs: Packs;
  /** Calls a function that the kernels export. */
  kernel(name: string, ...args: Code[]): Code;
}

export function createWriter(plan: Plan, module: OpenModule, multiplyAdd: MultiplyAdd): Writer {
  const regions = createRegions(plan.layout);
  return {
    plan,
    module,
    multiplyAdd,
    table: createTable(),
    regions,
    packs: createPacks(regions.pitchOf('shared')),
    kernel: (name, ...args) => call(module.indexOf(name), ...args),
  };
}
