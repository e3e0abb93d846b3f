import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { markdownTable } from 'markdown-table';
import { experimentOf } from '../experiments.js';
import { paper } from '../recipe.js';
import { FRESH } from '../reproduce/assess.js';
import type { Sitting } from '../reproduce/format.js';
import { beyondChart } from './charts/beyond.js';
import type { Picture } from './charts/chart.js';
import { learningChart } from './charts/learning.js';
import { codeBlock, fileNameOf, plain } from './escape.js';
import { axesOf, experimentNamed, modelTitles, optimalBits, type TaskGroups, tasksOf } from './groups.js';
import { largerTapeTable, largerTapeText } from './largerTape.js';
import { absentTasks, missingOf } from './missing.js';
import type { StoredRun } from './stored.js';
import {
  beyondTable,
  learningTable,
  optimumTable,
  overviewTable,
  parametersTable,
  runsTable,
  type Table,
} from './tables.js';
import { listed, plural } from './words.js';

const PARAMETERS =
  'The paper gives the numbers of parameters, but not all that makes them up: those of its machines cannot be had exactly from its text.';

/** The report as text, and the pictures that it shows by `pictures/NAME`. */
export interface Report {
  markdown: string;
  pictures: Picture[];
}

export async function reportOf(runs: readonly StoredRun[]): Promise<Report> {
  const tasks = tasksOf(runs);
  const inBits = tasks.every(({ unit }) => unit === 'bits');
  const sections = await Promise.all(tasks.map(taskSection));
  const markdown = [
    ...introduction(runs, tasks),
    '## At a glance',
    textOf(overviewTable(tasks)),
    `${inBits ? 'Bits a sequence' : 'Cost'}: of the last 1,000 sequences of training. Solved after: the sequences after which the last 1,000 cost under ${inBits ? '0.05 bits each' : 'the threshold of the task'} for the first time. Fresh sequences: the cost of 1,000 that training never drew, of the same kind. Of several seeds the median, and in brackets from where to where they reach. ≈ is read off a figure.`,
    ...sections.map(({ markdown }) => markdown),
    '## Sizes',
    textOf(parametersTable(tasks)),
    ...(tasks.some(({ name }) => experimentNamed(name) !== undefined) ? [PARAMETERS] : []),
    ...sizeNotes(tasks),
    '## Every run',
    textOf(runsTable(runs)),
    'Seconds are of training, with other runs beside it. Worst 1,000 after: the highest mean cost of 1,000 sequences after it was solved.',
    ...provenance(runs),
  ].join('\n\n');
  return { markdown: `${markdown}\n`, pictures: sections.flatMap(({ pictures }) => pictures) };
}

function introduction(runs: readonly StoredRun[], tasks: readonly TaskGroups[]): string[] {
  const absent = absentTasks(tasks);
  const all = `${plural(runs.length, 'run')} of Tapehead on ${plain(listed(tasks.map(({ title }) => title.toLowerCase())))}`;
  if (tasks.length > 0 && tasks.every(({ name }) => experimentNamed(name) === undefined))
    return ['# Nets with a memory', `${all}.`];
  return [
    '# Neural Turing Machines, reproduced',
    'The experiments of Graves, Wayne and Danihelka 2014, [Neural Turing Machines](https://arxiv.org/abs/1410.5401): a Neural Turing Machine (NTM) with a feed-forward or an LSTM controller, and an LSTM alone, learn algorithms from examples.',
    `${all}, beside the numbers of the paper and of its best public reproduction.${absent.length === 0 ? '' : ` Not run: ${listed(absent.map((title) => title.toLowerCase()))}.`}`,
  ];
}

function sizeNotes(tasks: readonly TaskGroups[]): string[] {
  const notes = tasks.flatMap(({ name, title, groups }) =>
    groups.flatMap(({ model }) => {
      const note = experimentOf(name, model)?.sizeNote;
      return note === undefined ? [] : [`- ${plain(title)}, ${modelTitles[model]}: ${note}.`];
    }),
  );
  return notes.length === 0 ? [] : [notes.join('\n')];
}

async function taskSection(task: TaskGroups): Promise<Report> {
  const title = plain(task.title);
  const experiment = experimentNamed(task.name);
  const axes = axesOf(task);
  const charts = [learningChart(task), ...axes.map((axis) => beyondChart(task, axis))];
  const memory = await memoryPicture(task);
  const missing = missingOf(task);
  const learning = learningTable(task);
  const larger = largerTapeTable(task);
  const markdown = [
    `## ${title}`,
    ...(experiment === undefined
      ? []
      : [`${experiment.about} In the paper: ${decapitalized(experiment.shown)}`]),
    ...(missing.length === 0 ? [] : [quoted(missing)]),
    charts.map(shown).join('\n'),
    ...(learning.rows.length === 0 ? [] : [`### ${title}: learning`, textOf(learning)]),
    ...(optimalBits(task) === undefined
      ? []
      : [
          `### ${title}: beside the best possible estimate`,
          textOf(optimumTable(task)),
          freshText('trained'),
        ]),
    ...axes.flatMap(({ name, unit }) => [
      `### ${title}: beyond training, by ${plain(name)}`,
      textOf(beyondTable(task, name, unit)),
      freshText('each'),
    ]),
    ...(larger === undefined ? [] : [`### ${title}: with a larger tape`, textOf(larger), largerTapeText]),
    ...(memory === undefined ? [] : [`### ${title}: the memory at work`, shown(memory)]),
  ].join('\n\n');
  return { markdown, pictures: memory === undefined ? charts : [...charts, memory] };
}

function freshText(which: 'trained' | 'each'): string {
  const many = FRESH[which];
  return `${plural(many, 'fresh sequence')}${which === 'each' ? ' of each size' : ''} for each seed, the same for all.`;
}

/** Of the machine that does best on the task. */
async function memoryPicture({ name, title, groups }: TaskGroups): Promise<Picture | undefined> {
  const drawn = groups.flatMap(({ runs }) => runs).filter(({ picture }) => picture !== undefined);
  const cost = ({ evaluation }: StoredRun) => evaluation?.trained.cost ?? Number.POSITIVE_INFINITY;
  const [best] = drawn.sort((one, other) => cost(one) - cost(other));
  if (best?.picture === undefined) return undefined;
  const run = `${modelTitles[best.id.model]}, seed ${best.id.seed}`;
  return {
    name: `${fileNameOf(name)}-memory.svg`,
    svg: await readFile(best.picture, 'utf8'),
    alt: `${title}: what the heads of a machine (${run}) write, read and look at over one sequence`,
    caption: `What the heads of ${run}, write, read and look at in one sequence as large as any in training; time runs to the right.`,
  };
}

function provenance(runs: readonly StoredRun[]): string[] {
  const sittings = runs.flatMap(({ file }) => file.sittings);
  const commands = unique(sittings.map(({ command }) => command));
  return [
    '## How to have it again',
    codeBlock('sh', commands),
    `On ${plain(listed(unique(sittings.map(machineText))))}.${usualText(runs)} The recipe of each run is in \`results.json\`, which holds every number of this page.`,
    `[report.md](report.md) has this page as Markdown.`,
  ];
}

/** What is the same in all runs by the recipe of the paper. */
function usualText(runs: readonly StoredRun[]): string {
  const { memorySize, memoryDim, batch, optimizer, objective } = paper;
  const usual = runs.every(({ file: { recipe } }) =>
    isDeepStrictEqual(
      [recipe.memorySize, recipe.memoryDim, recipe.batch, recipe.optimizer, recipe.objective],
      [memorySize, memoryDim, batch, optimizer, objective],
    ),
  );
  return usual
    ? ' Memory 128 × 20, one sequence an update, Graves’s RMSProp, the cost summed over a sequence.'
    : '';
}

function machineText({ machine: { cpu, cores, node, platform } }: Sitting): string {
  return `${cpu}, ${plural(cores, 'core')}, ${platform}, Node ${node.replace(/^v/, '')}`;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function quoted(notes: readonly string[]): string {
  return notes.map((note) => `> ${plain(note)}`).join('\n>\n');
}

function shown({ name, alt, caption }: Picture): string {
  return `![${plain(alt)}](pictures/${name} "${plain(caption)}")`;
}

function textOf({ head, rows }: Table): string {
  const align = head.map((_, column) => (column === 0 ? 'l' : 'r'));
  return markdownTable([head.map(plain), ...rows.map((row) => row.map(plain))], { align });
}

function decapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
