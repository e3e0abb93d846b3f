import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { taskNames } from '@tapehead/tasks';
import { Argument, Command, Option } from 'commander';
import { type ComputeFlags, computeOptions } from '../backend.js';
import { solvedBelowOption } from '../costs.js';
import { type Ended, exitCode } from '../exit.js';
import { isExperiment } from '../experiments.js';
import { RUNS } from '../files.js';
import { interruptible } from '../interrupt.js';
import { modelNames, type NetKind, netKinds } from '../models.js';
import { count, emit, say, show, table } from '../output.js';
import type { OwnModule } from '../own/module.js';
import { namedTasks } from '../own/reproduced.js';
import { models, positive, seed, size, tasks as tasksFrom } from '../parse.js';
import { recipeOptions, taskFor } from '../recipe.js';
import { tasksOf } from '../report/groups.js';
import { overviewTable } from '../report/tables.js';
import { writeReport } from '../report/write.js';
import { isCurrent } from '../reproduce/assess.js';
import { runCrew } from '../reproduce/crew.js';
import { readJson } from '../reproduce/files.js';
import { makeFolder, nameOf, openFolder, placeOf } from '../reproduce/folder.js';
import { evaluationSchema, progressSchema } from '../reproduce/format.js';
import { runTeller, type Told } from '../reproduce/lines.js';
import { alone } from '../reproduce/lock.js';
import { type Plan, planOf, type Wanted } from '../reproduce/plan.js';
import { commandLine, commit, machine } from '../reproduce/provenance.js';
import type { Job } from '../runWorker.js';

interface ReproduceFlags extends ComputeFlags {
  model?: NetKind[];
  seeds?: number;
  seed?: number;
  sequences?: number;
  solvedBelow?: number;
  out: string;
  resume?: true;
  reportOnly?: true;
  jobs: number;
  saveEvery: number;
  json?: true;
}

export function reproduceCommand(ended: Ended): Command {
  const command = new Command('reproduce')
    .description("train the paper's nets on its tasks, several at once, and write a report of how they did")
    .addArgument(
      new Argument(
        '[task...]',
        `${taskNames.join(', ')}, or the path of a module that exports a task (default: all of the paper)`,
      ).argParser(tasksFrom),
    )
    .option(
      '--model <list>',
      `${netKinds.join(', ')}, with commas between (default: own where a module exports one, or else all of the paper)`,
      models,
    )
    .option('--seeds <n>', 'runs of each model on each task (default: 3)', size)
    .option('--seed <n>', 'the first of the seeds (default: 1)', seed)
    .option('--sequences <n>', "to train each run with in all (default: the table's)", size)
    .option('--out <folder>', 'where everything is written', join(RUNS, 'reproduction'))
    .option('--resume', 'go on with the runs in --out, and leave those that are done')
    .addOption(
      new Option(
        '--report-only',
        'train nothing: measure what is not yet measured, and write the report anew',
      ).implies({ resume: true }),
    )
    .option('--jobs <n>', 'runs side by side', size, availableParallelism())
    .option('--save-every <seconds>', 'so much training an end without warning may cost', positive, 45)
    .addOption(solvedBelowOption())
    .option('--json', 'what happens as JSON lines on stdout');
  const settings = recipeOptions().filter(
    (option) => !['model', 'controller', 'seed'].includes(option.attributeName()),
  );
  for (const option of [...settings, ...computeOptions()]) command.addOption(option);
  return command.action(async (given: string[], flags: ReproduceFlags) => {
    const { out } = flags;
    const stored = await openFolder(out, flags.resume ?? false);
    const { tasks, modules } = await namedTasks(out, given, stored);
    const wanted = wantedBy(command, settings, tasks, flags);
    const everything = { tasks: taskNames.filter(isExperiment), models: modelNames, modules, out };
    const jobs = await jobsOf(planOf(wanted, stored, everything), flags);
    await makeFolder(flags.out);
    const outcome = await alone(flags.out, async () => {
      const trained = await interruptible('every run is being saved', (signal) =>
        train(jobs, modules, flags, signal),
      );
      await report(flags);
      return trained;
    });
    if (outcome === 'failed') ended(exitCode.failed);
    if (outcome === 'interrupted') ended(exitCode.interrupted);
  });
}

function wantedBy(
  command: Command,
  settings: readonly Option[],
  tasks: readonly string[],
  { model, seeds, seed, sequences, solvedBelow }: ReproduceFlags,
): Wanted {
  const given = settings.map((option) => option.attributeName());
  const flags = Object.fromEntries(
    given
      .filter((key) => command.getOptionValueSource(key) === 'cli')
      .map((key) => [key, command.getOptionValue(key)]),
  );
  return { tasks, models: model, seeds, firstSeed: seed, sequences, solvedBelow, flags };
}

async function jobsOf(plans: readonly Plan[], flags: ReproduceFlags): Promise<(Told & { job: Job })[]> {
  const { backend, engine, jobs, out, reportOnly, saveEvery } = flags;
  const sitting = {
    began: new Date().toISOString(),
    command: commandLine(),
    commit: await commit(),
    machine: machine(),
    backend,
    jobs: Math.min(jobs, plans.length),
  };
  return plans.map((plan) => {
    const { task, target, recipe } = plan;
    const id = { task: task.name, model: recipe.model, seed: recipe.seed };
    const name = nameOf(id);
    const place = placeOf(out, name);
    const purpose = reportOnly ? 'assess' : 'train';
    return { ...id, name, target, job: { place, plan, sitting, backend, engine, saveEvery, purpose } };
  });
}

/** Whether there is anything left to be done: to train, or to measure what there is. */
async function isDue(
  { job: { place, plan, purpose }, target }: Told & { job: Job },
  modules: ReadonlyMap<string, OwnModule>,
): Promise<boolean> {
  const progress = await readJson(place.progress, progressSchema);
  const sequences = progress?.sequences ?? 0;
  if (purpose === 'train' && sequences < target) return true;
  const evaluation = await readJson(place.evaluation, evaluationSchema);
  const task = taskFor(modules.get(plan.task.name) ?? plan.task.name, plan.task.settings);
  const rows = plan.recipe.model.startsWith('ntm') ? plan.recipe.memorySize : undefined;
  const current = evaluation !== undefined && isCurrent(evaluation, task, sequences, rows);
  return !current && existsSync(place.checkpoint);
}

/** Of all that the folder holds, whatever was trained now. */
async function report({ out, json }: ReproduceFlags): Promise<void> {
  const { page, markdown, results, runs } = await writeReport(out);
  if (json) {
    emit({ event: 'report', page, markdown, results, runs: runs.length });
    return;
  }
  const { head, rows } = overviewTable(tasksOf(runs));
  show(`\n${table(head, rows)}\n\nreport: ${page}\nas Markdown: ${markdown}\nevery number: ${results}`);
}

async function train(
  all: readonly (Told & { job: Job })[],
  modules: ReadonlyMap<string, OwnModule>,
  flags: ReproduceFlags,
  signal: AbortSignal,
): Promise<'done' | 'failed' | 'interrupted'> {
  const { json = false, out } = flags;
  const due = await Promise.all(all.map((each) => isDue(each, modules)));
  const jobs = all.filter((_, i) => due[i]);
  const atOnce = Math.max(1, Math.min(flags.jobs, jobs.length));
  say(
    `${count(all.length)} runs in ${out}, ${count(jobs.length)} of them to be worked on, ${atOnce} at once`,
  );
  const teller = runTeller({ json, runs: jobs.length });
  const learned = await runCrew({ jobs, atOnce, signal, tell: teller.tell }).finally(teller.end);
  if (signal.aborted) return 'interrupted';
  return learned.some(({ stop }) => stop === 'failed') ? 'failed' : 'done';
}
