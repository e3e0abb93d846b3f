import type { Task } from '@tapehead/tasks';
import { meanCost, train } from '@tapehead/training';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { costFields, isBelow, solvedBelowOf, solvedBelowOption } from '../costs.js';
import { episodesOf, evaluate, type Result } from '../evaluation.js';
import { type Ended, exitCode } from '../exit.js';
import { interruptible } from '../interrupt.js';
import { disposeNet, netFor } from '../net.js';
import { costNumber, count, duration, emit, say, show, table } from '../output.js';
import type { OwnModule } from '../own/module.js';
import { type SourceFlags, sourceOf, taskArgument, taskOption } from '../own/source.js';
import { size } from '../parse.js';
import { newRun, type Recipe, type RecipeFlags, recipeOptions, recipeWith, taskOf } from '../recipe.js';
import { type Size, type SizeFlags, sizeOf, sizeOptions } from '../sizes.js';

interface SeedsFlags extends RecipeFlags, ComputeFlags, SizeFlags, SourceFlags {
  seeds: number;
  sequences: number;
  solvedBelow?: number;
  json?: true;
}

/** How one seed fared. */
interface Fate {
  seed: number;
  /** Sequences until the task was solved, and the seconds they took; `null` where it never was. */
  solvedAfter: number | null;
  solvedSeconds: number | null;
  /** The worst mean of 1,000 sequences after that: whether it fell off again. */
  worstAfter: number | null;
  /** Sequences after that which cost more than a bit: those with a wrong bit are among them. `null` in other units. */
  lostAfter: number | null;
  sequences: number;
  /** The mean of the last 1,000. */
  cost: number;
  unit: string;
  /** At the size beyond training. */
  tested: Result;
}

/** Sequences of the size beyond training, and their seed: not one that is trained with. */
const TESTED = { sequences: 20, seed: 1_000_000 };

export function seedsCommand(ended: Ended): Command {
  const command = new Command('seeds')
    .description(
      'train one net a seed, and tell when each solved the task, whether it fell off, and how far it carries',
    )
    .addArgument(taskArgument())
    .addOption(taskOption());
  const sizing = sizeOptions('the largest that the paper measures');
  for (const option of [...recipeOptions(), ...sizing, ...computeOptions()]) command.addOption(option);
  return command
    .option('--seeds <n>', 'so many, from --seed on', size, 10)
    .option('--sequences <n>', 'to train each with', size, 100_000)
    .addOption(solvedBelowOption())
    .option('--json', 'a JSON line a seed on stdout')
    .action(async (argument: string | undefined, flags: SeedsFlags) => {
      const task = await sourceOf(argument, flags.task);
      const own = typeof task === 'string' ? undefined : task;
      const made = taskOf(task, flags);
      const tested = sizeOf(made, flags, ({ trained, measured }) => Math.max(trained.most, ...measured));
      await onBackend(flags, async () => {
        const fates: Fate[] = [];
        const stop = await interruptible('telling of the seeds so far', (signal) =>
          runAll({ task: made, own, tested }, recipeWith(task, flags), flags, signal, fates),
        );
        if (!flags.json) show(fateTable(fates, tested));
        if (stop === 'interrupted') ended(exitCode.interrupted);
      });
    });
}

/** What is learned, and at which size it is tested. */
interface Subject {
  task: Task;
  own: OwnModule | undefined;
  tested: Size;
}

async function runAll(
  subject: Subject,
  recipe: Recipe,
  flags: SeedsFlags,
  signal: AbortSignal,
  fates: Fate[],
): Promise<'done' | 'interrupted'> {
  for (let seed = recipe.seed; seed < recipe.seed + flags.seeds; seed++) {
    const fate = await fateOf(subject, { ...recipe, seed }, flags, signal);
    if (fate === undefined) return 'interrupted';
    fates.push(fate);
    if (flags.json) emit(eventOf(recipe.model, fate));
    else say(summary(fate));
  }
  return 'done';
}

/** Nothing where it was interrupted. */
async function fateOf(
  { task, own, tested }: Subject,
  recipe: Recipe,
  { sequences, solvedBelow, engine }: SeedsFlags,
  signal: AbortSignal,
): Promise<Fate | undefined> {
  const net = await netFor(task, recipe, engine, own);
  const run = newRun(net, task, recipe, own);
  const { unit } = run.cost;
  const below = solvedBelowOf(run, solvedBelow);
  const began = performance.now();
  let solved: { after: number; seconds: number; worst: number; lost: number } | undefined;
  for await (const progress of train(run, { sequences, signal })) {
    if (solved) {
      solved.worst = Math.max(solved.worst, progress.meanCost);
      if (progress.cost > 1) solved.lost += recipe.batch;
    } else if (isBelow(run, below)) {
      solved = {
        after: run.sequences,
        seconds: (performance.now() - began) / 1000,
        worst: progress.meanCost,
        lost: 0,
      };
    }
  }
  const fresh = episodesOf(task, tested, TESTED.sequences, TESTED.seed);
  const measured = await evaluate(net, fresh, tested, run.cost);
  run.optimizer.dispose();
  disposeNet(net);
  if (signal.aborted) return undefined;
  return {
    seed: recipe.seed,
    solvedAfter: solved?.after ?? null,
    solvedSeconds: solved?.seconds ?? null,
    worstAfter: solved?.worst ?? null,
    lostAfter: unit === 'bits' ? (solved?.lost ?? null) : null,
    sequences: run.sequences,
    cost: meanCost(run),
    unit,
    tested: measured,
  };
}

function summary({ seed, solvedAfter, solvedSeconds }: Fate): string {
  const how = solvedAfter === null ? 'not solved' : `solved after ${count(solvedAfter)} sequences`;
  return `seed ${seed}: ${how}${solvedSeconds === null ? '' : ` in ${duration(solvedSeconds)}`}`;
}

/** In bits also by the names that say so. */
function eventOf(model: string, { cost, unit, worstAfter, tested, ...fate }: Fate): object {
  const { wrong } = tested;
  const counted = wrong && (wrong.of === 'bits' ? { wrongBits: wrong.count } : { wrongClasses: wrong.count });
  return {
    event: 'seed',
    model,
    ...fate,
    ...(unit === 'bits' ? { worstBitsAfter: worstAfter } : { worstCostAfter: worstAfter }),
    ...costFields(cost, unit),
    testedCost: tested.cost,
    ...counted,
  };
}

function fateTable(fates: readonly Fate[], { axis, value }: Size): string {
  const [{ unit, tested } = { unit: 'bits', tested: undefined }] = fates;
  const number = (cost: number | null): string => (cost === null ? '–' : costNumber(cost, unit));
  const rows = fates.map((fate) => [
    String(fate.seed),
    fate.solvedAfter === null ? '–' : count(fate.solvedAfter),
    fate.solvedSeconds === null ? '–' : fate.solvedSeconds.toFixed(1),
    number(fate.worstAfter),
    ...(unit === 'bits' ? [fate.lostAfter === null ? '–' : count(fate.lostAfter)] : []),
    number(fate.cost),
    fate.tested.wrong === undefined ? number(fate.tested.cost) : count(fate.tested.wrong.count),
  ]);
  const head = [
    'seed',
    'solved after',
    'seconds',
    `worst ${unit} after`,
    ...(unit === 'bits' ? ['lost after'] : []),
    `${unit} at the end`,
    `${tested?.wrong === undefined ? unit : `wrong ${tested.wrong.of}`} at ${axis.name} ${value}`,
  ];
  return table(head, rows);
}
