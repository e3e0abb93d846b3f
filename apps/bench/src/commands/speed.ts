import { Command, Option } from 'commander';
import { computeOptions, onBackend, registerScan } from '../backend.js';
import { UsageError } from '../exit.js';
import { emit, say, show } from '../output.js';
import { nets, positive, size, sizes } from '../parse.js';
import { controllerOption } from '../recipe.js';
import { compareNets } from '../speed/compare.js';
import { contest, ROUNDS, type Speed, WARM_UP } from '../speed/contest.js';
import type { ClockName } from '../speed/inProcess.js';
import { type NetName, netNames } from '../speed/nets/names.js';
import type { Opponent } from '../speed/opponent.js';
import { best, rowsOf, speedTable, timesAsLong } from '../speed/report.js';
import { tapehead } from '../speed/tapehead.js';
import type { Work } from '../speed/workload.js';
import { checkThreads, type ThreadFlags, threadsOption } from '../threads.js';

interface SpeedFlags extends ThreadFlags, Pick<Work, 'controller' | 'length'> {
  net?: NetName[];
  clock: ClockName;
  batch: number[];
  seconds: number;
  against?: keyof typeof opponents;
  json?: true;
}

/** Loaded where they are asked for: one takes a Python, the other a bundler and a browser. */
const opponents = {
  torch: async () => (await import('../speed/torch.js')).torch(),
  chromium: async () => (await import('../speed/chromium.js')).chromium(),
};

export function speedCommand(): Command {
  const command = new Command('speed')
    .description("time a training iteration and a forward pass of the paper's network on copy")
    .option(
      '--net <list>',
      `nets to run by scan, in turns with what it replaces: ${netNames.join(', ')}, or all (default: the paper's network alone, in the kernels of ntm)`,
      nets,
    )
    .addOption(controllerOption())
    .option('--batch <list>', 'sequences at once, with commas between', sizes, [1, 16, 64])
    .option('--length <n>', 'vectors to copy: 2n + 1 steps; 5n steps of the lstm', size, 20)
    .option('--seconds <n>', 'for each pass of each batch', positive, 3)
    .addOption(
      new Option(
        '--clock <kind>',
        'wall time, or with --net processor time, which other programs change less',
      )
        .choices(['wall', 'processor'])
        .default('wall'),
    )
    .addOption(
      new Option('--against <program>', 'time the same work in turns with PyTorch, or in a page').choices(
        Object.keys(opponents),
      ),
    )
    .option('--json', 'results as JSON lines on stdout');
  for (const option of [...computeOptions(), threadsOption()]) command.addOption(option);
  return command.action(async (flags: SpeedFlags) => {
    checkFair(flags);
    checkThreads(flags);
    if (flags.clock === 'processor' && !flags.net)
      throw new UsageError('--clock: expected wall without --net, got processor');
    if (flags.net) return compare(flags, flags.net);
    const opponent = flags.against && (await opponents[flags.against]());
    try {
      await onBackend(flags, () => measureAll(flags, opponent));
    } finally {
      await opponent?.close();
    }
  });
}

/** @throws UsageError where others, which have one thread each, would be timed against more */
function checkFair({ against, threads }: SpeedFlags): void {
  if (against === undefined || threads === 1) return;
  throw new UsageError(`--against: expected --threads 1, which is all that ${against} gets, got ${threads}`);
}

/** @throws UsageError for flags that the comparison of nets does not have */
async function compare(flags: SpeedFlags, wanted: NetName[]): Promise<void> {
  checkComparison(flags, wanted);
  const { batch: batches, controller, length, seconds, backend, clock, against, json = false } = flags;
  const outside = against ? await (await import('../speed/torch.js')).torchNets() : () => [];
  // Whatever the batch: a GPU has no kernels of scan.
  await onBackend({ ...flags, batch: 1 }, async () => {
    await registerScan();
    sayHow(seconds);
    await compareNets({ nets: wanted, batches, controller, length, seconds, backend, clock, json }, outside);
  });
}

function checkComparison(
  { threads, engine, backend, against, controller }: SpeedFlags,
  wanted: NetName[],
): void {
  if (threads !== 1) throw new UsageError(`--net: expected --threads 1, got ${threads}`);
  if (engine === 'reference') throw new UsageError('--net: expected --engine fused or auto, got reference');
  if (backend === 'webgpu') throw new UsageError('--net: expected --backend wasm, cpu or auto, got webgpu');
  if (against === 'chromium') throw new UsageError('--net: expected --against torch, or none, got chromium');
  const other = wanted.find((net) => net !== 'ntm');
  if (controller !== 'lstm' && other !== undefined)
    throw new UsageError(`--controller: expected lstm with --net ${other}, got ${controller}`);
}

function sayHow(seconds: number): void {
  say(
    `each pass ${seconds} s in ${ROUNDS} turns, after a warm-up of ${Math.min(WARM_UP.seconds, seconds)} s ` +
      `and at least ${WARM_UP.least} runs`,
  );
}

async function measureAll(flags: SpeedFlags, opponent?: Opponent): Promise<void> {
  const { batch: batches, seconds, json } = flags;
  sayHow(seconds);
  const rows: string[][] = [];
  for (const batch of batches) {
    say(`batch ${batch}: warming up, then in turns`);
    const { own, others, ...on } = await measure({ ...flags, batch }, opponent, seconds);
    rows.push(...rowsOf(batch, own, others));
    if (!json) continue;
    const { trainMs, inferMs } = own;
    const steps = 2 * flags.length + 1;
    emit({ event: 'speed', ...on, batch, steps, trainMs, inferMs });
    const rival = best(others);
    if (rival) {
      const { name: program, ...times } = rival;
      emit({ event: 'against', program, batch, steps, threads: 1, ...times, ratio: timesAsLong(rival, own) });
    }
  }
  if (!json) show(speedTable(rows));
}

interface Measured {
  backend: string;
  engine: string;
  threads: number;
  own: Speed;
  others: Speed[];
}

async function measure(
  work: Work & ThreadFlags,
  opponent: Opponent | undefined,
  seconds: number,
): Promise<Measured> {
  const { controller, engine, batch, length } = work;
  const ours = await tapehead(work, work);
  const contestants = [ours, ...((await opponent?.enter({ controller, engine, batch, length })) ?? [])];
  try {
    const [own, ...others] = await contest(contestants, seconds);
    if (own === undefined) throw new Error('every contestant is timed');
    const { backend, threads } = ours;
    return { backend, engine: ours.engine, threads, own, others };
  } finally {
    for (const contestant of contestants) await contestant.end();
  }
}
