import { axisOf, copy, type Episode, episodeText } from '@tapehead/tasks';
import { isSolved, type Run } from '@tapehead/training';
import { Command } from 'commander';
import { type ComputeFlags, computeOptions, onBackend } from '../backend.js';
import { sayEngine } from '../engine.js';
import { answer, episodesOf, evaluate, type Result } from '../evaluation.js';
import { type Ended, exitCode } from '../exit.js';
import { freeName, RUNS } from '../files.js';
import { interruptible } from '../interrupt.js';
import { type ControllerName, ntmWith } from '../models.js';
import { buildNet, type Net } from '../net.js';
import { costText, count, duration, say, show } from '../output.js';
import { positive, seed } from '../parse.js';
import { savePicture } from '../picture.js';
import { progressReporter } from '../progress.js';
import { controllerOption, newRun, paper, recipeFor } from '../recipe.js';
import { resultTable } from '../results.js';
import { columnsOf } from '../terminal.js';
import { type Outcome, trainRun } from '../trainRun.js';

interface StartFlags extends ComputeFlags {
  controller: ControllerName;
  seed: number;
  minutes: number;
}

const LENGTHS = [10, 20, 40, 120];
const DRAWN = 20;
const SEQUENCES = 20;
/** Of the sequences that are evaluated and shown: not the seed that is trained with. */
const SHOWN_SEED = 1000;

export function startCommand(ended: Ended): Command {
  const command = new Command('start')
    .description('watch a net learn to copy: train, evaluate, show and draw it')
    .addOption(controllerOption())
    .option('--seed <n>', 'of the net and of the sequences', seed, paper.seed)
    .option('--minutes <n>', 'train at most so long', positive, 10);
  for (const option of computeOptions()) command.addOption(option);
  return command.action(async (flags: StartFlags) => {
    const place = await freeName(RUNS, `copy-${flags.controller}-seed${flags.seed}`, [
      '.safetensors',
      '.png',
    ]);
    const files = { checkpoint: `${place}.safetensors`, picture: `${place}.png` };
    say(
      `Training a Neural Turing Machine (${flags.controller} controller) to copy, until it is solved but at most ` +
        `${duration(60 * flags.minutes)}. Ctrl-C stops earlier, and keeps and shows what was learned.`,
    );
    const { stop } = await onBackend(flags, () => learnAndShow(flags, files));
    if (stop === 'interrupted') ended(exitCode.interrupted);
  });
}

async function learnAndShow(
  flags: StartFlags,
  { checkpoint, picture }: { checkpoint: string; picture: string },
): Promise<{ stop: 'interrupted' | 'ended' }> {
  const task = copy();
  const recipe = { ...recipeFor('copy', ntmWith(flags.controller)), seed: flags.seed };
  const net = buildNet(task, recipe, flags.engine);
  sayEngine(net);
  const run = newRun(net, task, recipe);
  const stop = await interruptible('saving and showing what was learned', (signal) =>
    learn(run, checkpoint, flags.minutes, signal),
  );
  const axis = axisOf(task, 'length');
  const shown = LENGTHS.map((value) => ({ axis, value }));
  const results: Result[] = [];
  for (const size of shown) {
    const episodes = episodesOf(task, size, SEQUENCES, SHOWN_SEED);
    results.push(await evaluate(net, episodes, size, run.cost));
    const [first] = episodes;
    if (first !== undefined) show(`\n${await comparison(net, first)}`);
    if (first !== undefined && size.value === DRAWN) await savePicture(net, first, picture);
  }
  show(`\n${resultTable(results)}\n\ncheckpoint: ${checkpoint}\npicture of its memory: ${picture}`);
  show(`go on training: npm run tapehead -- train copy --until-solved --resume ${checkpoint}`);
  return { stop };
}

async function learn(
  run: Run,
  checkpoint: string,
  minutes: number,
  interrupted: AbortSignal,
): Promise<'interrupted' | 'ended'> {
  const reporter = progressReporter({ json: false, solvedBelow: run.cost.solvedBelow });
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, 60_000 * minutes);
  interrupted.addEventListener('abort', end);
  const outcome = await trainRun({
    run,
    checkpoint,
    checkpointEvery: 1000,
    until: 'solved',
    signal: ending.signal,
    tell: reporter.tell,
  }).finally(() => {
    clearTimeout(timer);
    reporter.end();
  });
  say(conclusion(run, outcome, interrupted.aborted));
  return interrupted.aborted ? 'interrupted' : 'ended';
}

function conclusion(run: Run, { sequences, seconds, cost }: Outcome, interrupted: boolean): string {
  const how = isSolved(run) ? 'Solved' : interrupted ? 'Interrupted' : 'Not solved yet: the time is used up';
  return `${how}, after ${count(sequences)} sequences in ${duration(seconds)}; ${costText(cost, run.cost.unit, 'a sequence')}.`;
}

async function comparison(net: Net, episode: Episode): Promise<string> {
  const { logits } = await answer(net, episode);
  return episodeText(episode, logits, { columns: columnsOf(process.stdout, 100) });
}
