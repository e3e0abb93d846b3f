import { taskNames } from '@tapehead/tasks';
import { isSolved, type Run, type TrainOptions } from '@tapehead/training';
import { loadCheckpoint, removeLeftovers } from '@tapehead/training/node';
import { Argument, Command } from 'commander';
import { computeOptions, onBackend, sayEngine } from '../backend.js';
import { type Ended, exitCode, UsageError } from '../exit.js';
import { areSameFile, checkWritable, exists, freeName, RUNS } from '../files.js';
import { interruptible } from '../interrupt.js';
import { buildNet, resumedRun } from '../net.js';
import { bitsText, count, duration, emit, say, show } from '../output.js';
import { size } from '../parse.js';
import { progressReporter } from '../progress.js';
import { checkSameRecipe, newRun, type RecipeFlags, recipeOptions, recipeWith, taskOf } from '../recipe.js';
import { checkThreads, poolOf, type ThreadFlags, threadsOption } from '../threads.js';
import { type Outcome, trainRun } from '../trainRun.js';

interface TrainFlags extends RecipeFlags, ThreadFlags {
  sequences?: number;
  untilSolved?: true;
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
    .addArgument(new Argument('<task>', 'what to learn').choices(taskNames));
  for (const option of [...recipeOptions(), ...computeOptions(), threadsOption()]) command.addOption(option);
  return command
    .option(
      '--sequences <n>',
      `stop at so many in all (default: ${SEQUENCES}, or none with --until-solved)`,
      size,
    )
    .option('--until-solved', 'stop as soon as the last 1,000 sequences cost under 0.05 bits each')
    .option(
      '--checkpoint <file>',
      `new file to save the run in (default: one in ${RUNS}/, or the file resumed)`,
    )
    .option('--force', 'replace the file of --checkpoint, if it exists')
    .option('--checkpoint-every <n>', 'sequences between two saves', size, 1000)
    .option('--resume <file>', 'go on with the run of this checkpoint, exactly as if it had not stopped')
    .option('--json', 'progress and outcome as JSON lines on stdout')
    .action(async (task: string, flags: TrainFlags) => {
      taskOf(task, flags);
      checkThreads(flags);
      const checkpoint = await placeOf(task, flags);
      const outcome = await onBackend(flags, async () => {
        const run = await runOf(command, task, flags);
        const pool = await poolOf(run, flags);
        try {
          return await interruptible(`saving to ${checkpoint}`, (signal) =>
            trained(run, checkpoint, flags, { signal, pool }),
          );
        } finally {
          await pool?.close();
        }
      });
      if (outcome.stop === 'aborted') ended(exitCode.interrupted);
    });
}

/** @throws UsageError for a file that cannot be written, and for one that exists and would be lost */
async function placeOf(task: string, flags: TrainFlags): Promise<string> {
  const { checkpoint, resume } = flags;
  const named = checkpoint ?? resume;
  if (named === undefined) {
    const { model, seed } = recipeWith(task, flags);
    return `${await freeName(RUNS, `${task}-${model}-seed${seed}`, ['.safetensors'])}.safetensors`;
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

async function runOf(command: Command, task: string, flags: TrainFlags): Promise<Run> {
  if (flags.resume === undefined) {
    const made = taskOf(task, flags);
    const recipe = recipeWith(task, flags);
    const net = buildNet(made, recipe, flags.engine);
    sayEngine(net);
    return newRun(net, made, recipe);
  }
  const state = await loadCheckpoint(flags.resume);
  checkSameRecipe(command, task, state);
  say(`resuming ${flags.resume} after ${count(state.sequences)} sequences`);
  const { net, run } = await resumedRun(state, flags.engine);
  sayEngine(net);
  return run;
}

async function trained(
  run: Run,
  checkpoint: string,
  flags: TrainFlags,
  how: Pick<TrainOptions, 'signal' | 'pool'>,
): Promise<Outcome> {
  const { untilSolved, checkpointEvery, json = false } = flags;
  const reporter = progressReporter({ json });
  const outcome = await trainRun({
    run,
    checkpoint,
    checkpointEvery,
    sequences: flags.sequences ?? (untilSolved ? Number.POSITIVE_INFINITY : SEQUENCES),
    until: untilSolved ? 'solved' : 'sequences',
    ...how,
    tell: reporter.tell,
  }).finally(reporter.end);
  conclude(run, outcome, checkpoint, json);
  return outcome;
}

function conclude(run: Run, { sequences, seconds, bits }: Outcome, checkpoint: string, json: boolean): void {
  const solved = isSolved(run);
  if (json) {
    emit({ event: 'done', solved, sequences, seconds, bits: Number.isNaN(bits) ? null : bits, checkpoint });
    return;
  }
  show(
    [
      solved ? 'solved' : 'not solved',
      `${count(sequences)} sequences`,
      bitsText(bits, '(mean of the last 1,000)'),
      duration(seconds),
      `saved to ${checkpoint}`,
    ].join('   '),
  );
}
