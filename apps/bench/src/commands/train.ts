import { captureState, encodeCheckpoint, type Run } from '@tapehead/training';
import { loadCheckpoint, removeLeftovers } from '@tapehead/training/node';
import { Command } from 'commander';
import { computeOptions, onBackend } from '../backend.js';
import { costFields, isBelow, solvedBelowOf, solvedBelowOption } from '../costs.js';
import { sayEngine } from '../engine.js';
import { type Ended, exitCode, UsageError } from '../exit.js';
import { areSameFile, checkWritable, exists, freeName, RUNS } from '../files.js';
import { interruptible } from '../interrupt.js';
import type { NetKind } from '../models.js';
import { isOwnModel, netFor, resumedRun } from '../net.js';
import { costText, count, duration, emit, say, show } from '../output.js';
import type { OwnModule } from '../own/module.js';
import { noteFor, noteOf, sayChanged } from '../own/note.js';
import { type SourceFlags, sourceOf, taskArgument, taskOption } from '../own/source.js';
import { size } from '../parse.js';
import { progressReporter } from '../progress.js';
import {
  checkSameRecipe,
  newRun,
  type RecipeFlags,
  recipeOptions,
  recipeWith,
  type TaskSource,
  taskOf,
} from '../recipe.js';
import { nameOf } from '../reproduce/folder.js';
import { checkThreads, poolOf, type RunModule, type ThreadFlags, threadsOption } from '../threads.js';
import { type Outcome, type TrainRunOptions, trainRun } from '../trainRun.js';

interface TrainFlags extends RecipeFlags, ThreadFlags, SourceFlags {
  sequences?: number;
  untilSolved?: true;
  solvedBelow?: number;
  checkpoint?: string;
  force?: true;
  checkpointEvery: number;
  resume?: string;
  json?: true;
}

/** Sequences trained where neither --sequences nor --until-solved says how long. */
const SEQUENCES = 10_000;

export function trainCommand(ended: Ended): Command {
  const command = new Command('train')
    .description('train a net on a task, by the recipe of the paper unless flags say otherwise')
    .addArgument(taskArgument())
    .addOption(taskOption());
  for (const option of [...recipeOptions(), ...computeOptions(), threadsOption()]) command.addOption(option);
  return command
    .option(
      '--sequences <n>',
      `stop at so many in all (default: ${SEQUENCES}, or none with --until-solved)`,
      size,
    )
    .option('--until-solved', 'stop as soon as the task is solved: see --solved-below')
    .addOption(solvedBelowOption())
    .option(
      '--checkpoint <file>',
      `new file to save the run in (default: one in ${RUNS}/, or the file resumed)`,
    )
    .option('--force', 'replace the file of --checkpoint, if it exists')
    .option('--checkpoint-every <n>', 'sequences between two saves', size, 1000)
    .option('--resume <file>', 'go on with the run of this checkpoint, exactly as if it had not stopped')
    .option('--json', 'progress and outcome as JSON lines on stdout')
    .action(async (argument: string | undefined, flags: TrainFlags) => {
      const task = await sourceOf(argument, flags.task);
      taskOf(task, flags);
      checkThreads(flags);
      const checkpoint = await placeOf(task, flags);
      const outcome = await onBackend(flags, async () => {
        const { run, notes, module } = await runOf(command, task, checkpoint, flags);
        checkUntil(run, flags);
        const pool = await poolOf(run, flags, module);
        try {
          return await interruptible(`saving to ${checkpoint}`, (signal) =>
            trained(run, checkpoint, flags, { signal, pool, notes }),
          );
        } finally {
          await pool?.close();
        }
      });
      if (outcome.stop === 'aborted') ended(exitCode.interrupted);
    });
}

/** @throws UsageError for a file that cannot be written, and for one that exists and would be lost */
async function placeOf(task: TaskSource, flags: TrainFlags): Promise<string> {
  const { checkpoint, resume } = flags;
  const named = checkpoint ?? resume;
  if (named === undefined) {
    const { model, seed } = recipeWith(task, flags);
    const name = nameOf({ task: taskOf(task, flags).name, model, seed });
    return `${await freeName(RUNS, name, ['.safetensors'])}.safetensors`;
  }
  await checkWritable(checkpoint === undefined ? '--resume' : '--checkpoint', named);
  if (checkpoint !== undefined) await checkReplaceable(checkpoint, flags);
  await removeLeftovers(named);
  return named;
}

async function checkReplaceable(checkpoint: string, { resume, force }: TrainFlags): Promise<void> {
  if (force || !(await exists(checkpoint))) return;
  if (resume !== undefined && (await areSameFile(checkpoint, resume))) return;
  throw new UsageError(
    `--checkpoint: ${checkpoint} exists already; go on with its run by --resume ${checkpoint}, replace it by ` +
      '--force, or name another file',
  );
}

interface Begun {
  run: Run;
  /** What the checkpoints carry of the task's module. */
  notes: object | undefined;
  /** The module of the task, where it is of one. */
  module: RunModule | undefined;
}

async function runOf(
  command: Command,
  task: TaskSource,
  checkpoint: string,
  flags: TrainFlags,
): Promise<Begun> {
  const own = typeof task === 'string' ? undefined : task;
  if (flags.resume !== undefined)
    return resumed(command, task, checkpoint, { ...flags, resume: flags.resume });
  const made = taskOf(task, flags);
  const recipe = recipeWith(task, flags);
  const net = await netFor(made, recipe, flags.engine, own);
  const run = newRun(net, made, recipe, own);
  const isOwn = recipe.model === 'own';
  if (own !== undefined) {
    sayOwn(own, made.name, recipe.model);
    // What cannot be saved is refused before it is trained.
    encodeCheckpoint(await captureState(run));
  }
  sayEngine(net);
  const module = own && { own, model: isOwn };
  return { run, notes: own && noteFor(own, checkpoint, isOwn), module };
}

async function resumed(
  command: Command,
  task: TaskSource,
  checkpoint: string,
  { resume, engine }: TrainFlags & { resume: string },
): Promise<Begun> {
  const own = typeof task === 'string' ? undefined : task;
  const state = await loadCheckpoint(resume);
  checkSameRecipe(command, own === undefined ? String(task) : own.task().name, state, own);
  const note = noteOf(state);
  if (own !== undefined && note !== undefined) sayChanged(own, note.digest, resume);
  say(`resuming ${resume} after ${count(state.sequences)} sequences`);
  const { net, run } = await resumedRun(state, engine, own);
  sayEngine(net);
  const isOwn = isOwnModel(state, own);
  const notes = own === undefined ? state.notes : noteFor(own, checkpoint, isOwn);
  return { run, notes, module: own && { own, model: isOwn } };
}

function sayOwn({ path }: OwnModule, task: string, model: NetKind): void {
  say(`task ${task} of ${path}; net: ${model === 'own' ? 'the model that it exports' : model}`);
}

/** @throws UsageError where the run would go on for ever */
function checkUntil(run: Run, { untilSolved, solvedBelow }: TrainFlags): void {
  if (!untilSolved || solvedBelowOf(run, solvedBelow) !== undefined) return;
  throw new UsageError(
    `--until-solved: the cost ${run.cost.name} has no threshold of its own; pass --solved-below, in ${run.cost.unit}`,
  );
}

async function trained(
  run: Run,
  checkpoint: string,
  flags: TrainFlags,
  how: Pick<TrainRunOptions, 'signal' | 'pool' | 'notes'>,
): Promise<Outcome> {
  const { untilSolved, checkpointEvery, json = false } = flags;
  const solvedBelow = solvedBelowOf(run, flags.solvedBelow);
  const reporter = progressReporter({ json, solvedBelow });
  const outcome = await trainRun({
    run,
    checkpoint,
    checkpointEvery,
    sequences: flags.sequences ?? (untilSolved ? Number.POSITIVE_INFINITY : SEQUENCES),
    until: untilSolved && solvedBelow !== undefined ? { costBelow: solvedBelow } : 'sequences',
    ...how,
    tell: reporter.tell,
  }).finally(reporter.end);
  conclude(run, outcome, { solvedBelow, checkpoint, json });
  return outcome;
}

function conclude(
  run: Run,
  { sequences, seconds, cost }: Outcome,
  { solvedBelow, checkpoint, json }: { solvedBelow: number | undefined; checkpoint: string; json: boolean },
): void {
  const { unit } = run.cost;
  const solved = solvedBelow === undefined ? null : isBelow(run, solvedBelow);
  if (json) {
    emit({ event: 'done', solved, sequences, seconds, ...costFields(cost, unit), checkpoint });
    return;
  }
  show(
    [
      ...(solved === null ? [] : [solved ? 'solved' : 'not solved']),
      `${count(sequences)} sequences`,
      costText(cost, unit, '(mean of the last 1,000)'),
      duration(seconds),
      `saved to ${checkpoint}`,
    ].join('   '),
  );
}
