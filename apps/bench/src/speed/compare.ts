import type { BackendChoice } from '@tapehead/backend';
import type { ControllerName } from '../models.js';
import { emit, say, show, table } from '../output.js';
import { compileTimes } from './compile.js';
import { type Contestant, takeTurns } from './contest.js';
import { type ClockName, inProcess, type NetPass, netPasses } from './inProcess.js';
import { compileEvent, compileHead, compileRows, netEvents, netHead, netRows } from './netReport.js';
import { speedNet } from './nets/index.js';
import type { NetName } from './nets/names.js';

/** One net at one batch. */
export interface NetWork {
  readonly net: NetName;
  readonly controller: ControllerName;
  /** Sequences at once. */
  readonly batch: number;
  /** Vectors to copy. */
  readonly length: number;
  readonly clock: ClockName;
}

/** What of the comparison is wanted. */
export interface Comparison extends Omit<NetWork, 'net' | 'batch'> {
  readonly nets: readonly NetName[];
  readonly batches: readonly number[];
  readonly seconds: number;
  readonly backend: BackendChoice;
  readonly json: boolean;
}

/** Programs outside this process that run the same net. */
export type Outside = (work: NetWork) => Contestant<NetPass>[];

/** Times every net at every batch, in turns with the programs that `scan` replaces and with `outside`; shows the ratios. */
export async function compareNets(wanted: Comparison, outside: Outside): Promise<void> {
  const [rows, compiled]: [string[][], string[][]] = [[], []];
  for (const net of wanted.nets) {
    const times = await compileTimes({ ...wanted, net });
    compiled.push(...compileRows(net, times));
    if (wanted.json && times.length > 0) emit(compileEvent(net, times));
    for (const batch of wanted.batches) {
      const work = { ...wanted, net, batch };
      const { steps, measured } = await measure(work, wanted.seconds, outside);
      rows.push(...netRows(net, batch, measured));
      if (wanted.json) for (const event of netEvents({ net, batch, steps }, measured)) emit(event);
    }
  }
  if (wanted.json) return;
  show(table(netHead, rows));
  if (compiled.length > 0) show(`\n${table(compileHead, compiled)}`);
}

async function measure(work: NetWork, seconds: number, outside: Outside) {
  const { net, controller, batch, length, clock } = work;
  const { task, steps, entrants, leftOut } = speedNet(net, controller);
  const contestants: Contestant<NetPass>[] = [];
  try {
    for (const [program, make] of Object.entries(entrants)) {
      const reason = leftOut?.(program, batch);
      if (reason !== undefined) say(`${net}, batch ${batch}: without ${program}: ${reason}`);
      else contestants.push(inProcess(program, make(), task, batch, length, clock));
    }
    contestants.push(...outside(work));
    say(`${net}, batch ${batch}: ${contestants.map(({ name }) => name).join(', ')}, in turns`);
    return { steps: steps(length), measured: await takeTurns(contestants, netPasses, seconds) };
  } finally {
    for (const contestant of contestants) await contestant.end();
  }
}
