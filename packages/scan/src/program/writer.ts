import type { Code, MultiplyAdd } from '../emit/code.js';
import { call } from '../emit/control.js';
import type { OpenModule } from '../emit/link.js';
import type { Plan } from '../plan/plan.js';
import type { Work } from '../plan/work.js';
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
  /** The functions that run works for rows, by the list of works: `back` and `backToX` share most. */
  readonly rowsFunctions: Map<readonly Work[], number>;
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
    rowsFunctions: new Map(),
    kernel: (name, ...args) => call(module.indexOf(name), ...args),
  };
}
