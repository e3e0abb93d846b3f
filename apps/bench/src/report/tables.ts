import { experimentOf, type Known, type Source, usual } from '../experiments.js';
import type { NetKind } from '../models.js';
import { count } from '../output.js';
import { clipText } from '../parse.js';
import { paper } from '../recipe.js';
import { solvedAfter, worstAfter } from '../reproduce/curve.js';
import {
  answersOf,
  evaluated,
  experimentNamed,
  finalCost,
  type Group,
  knownOf,
  modelTitles,
  optimalBits,
  sequencesOf,
  solvedBelow,
  solvedRuns,
  standingsOf,
  type TaskGroups,
} from './groups.js';
import { costAt, type Spread, spreadOf } from './statistics.js';
import type { StoredRun } from './stored.js';
import {
  bitsText,
  costTextIn,
  knownBits,
  listed,
  NONE,
  percent,
  spreadText,
  unbroken,
  unitTitle,
} from './words.js';

type Recipe = StoredRun['file']['recipe'];

/** A table of the report; the first column names the row, the others are numbers. */
export interface Table {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

const sourceTitles: Readonly<Record<Source, string>> = {
  paper: 'the paper',
  reproduction: 'the best reproduction',
};

/** What came out, a row a model of a task; beside what others found, where they did. */
export function overviewTable(tasks: readonly TaskGroups[]): Table {
  const isKnown = tasks.some(({ name }) => experimentNamed(name) !== undefined);
  const theirs = (task: TaskGroups, { model }: Group) =>
    isKnown ? [lastOf('paper', task.name, model), lastOf('reproduction', task.name, model)] : [];
  return {
    head: [
      'task and model',
      tasks.every(({ unit }) => unit === 'bits') ? 'bits a sequence' : 'cost',
      ...(isKnown ? ['the paper', 'the best reproduction'] : []),
      'solved after',
      'fresh sequences',
      'sequences',
      'seeds',
    ],
    rows: tasks.flatMap((task) =>
      task.groups.map((group) => [
        `${task.title}: ${modelTitles[group.model]}`,
        inUnit(tasks, task, finalCost(group)),
        ...theirs(task, group),
        optimalBits(task) === undefined ? solvedText(group) : NONE,
        inUnit(tasks, task, spreadOf(evaluated(group).map(({ trained }) => trained.cost))),
        sequencesText(group),
        count(group.runs.length),
      ]),
    ),
  };
}

/** With its unit, where the title of the column does not say it. */
function inUnit(tasks: readonly TaskGroups[], { unit }: TaskGroups, cost: Spread | undefined): string {
  const text = spreadText(cost, costTextIn(unit));
  return cost === undefined || tasks.every((task) => task.unit === 'bits') ? text : `${text} ${unit}`;
}

/** `100,000 to 142,310`, where the seeds went differently far. */
function sequencesText(group: Group): string {
  const { least, most } = sequencesOf(group) ?? { least: 0, most: 0 };
  return least === most ? count(most) : `${count(least)} ${unbroken(`to ${count(most)}`)}`;
}

/** `8,200 (7,100 to 9,300), 1 of 3 not` */
export function solvedText(group: Group): string {
  const solved = solvedRuns(group);
  const missing = group.runs.length - solved.length;
  if (solved.length === 0) return 'not';
  const text = spreadText(spreadOf(solved), count);
  return missing === 0 ? text : `${text}; ${missing} of ${group.runs.length} not`;
}

/** The last that a source tells of training. */
function lastOf(source: Source, task: string, model: NetKind): string {
  const known = knownOf(task, model);
  const last = known.filter((each) => each.axis === undefined && each.source === source).at(-1);
  return last === undefined ? NONE : `${knownBits(last)}${momentText(last)}`;
}

function momentText({ sequences }: Known): string {
  return sequences === undefined ? '' : ` ${unbroken(`after ${count(sequences)}`)}`;
}

function shortSource({ source }: Known): string {
  return source === 'paper' ? 'paper' : 'reproduction';
}

/** What others tell of training, and ours at the same number of sequences. */
export function learningTable({ name, groups }: TaskGroups): Table {
  const rows = groups.flatMap((group) =>
    knownOf(name, group.model)
      .filter(({ axis }) => axis === undefined)
      .map((known) => [
        modelTitles[group.model],
        known.sequences === undefined ? 'at the end' : count(known.sequences),
        oursAt(group, known.sequences),
        knownBits(known),
        sourceTitles[known.source],
      ]),
  );
  return { head: ['model', 'after sequences', 'bits a sequence, ours', 'theirs', 'theirs is of'], rows };
}

/** The mean of 1,000 sequences of those runs that went so far. */
function oursAt(group: Group, sequences: number | undefined): string {
  if (sequences === undefined) return spreadText(finalCost(group), bitsText);
  const there = group.runs.flatMap(({ curve }) => costAt(curve, sequences) ?? []);
  if (there.length === 0) return 'not so far yet';
  const seeds = there.length < group.runs.length ? `, ${there.length} of ${group.runs.length} seeds` : '';
  return spreadText(spreadOf(there), bitsText) + seeds;
}

/** How each model does at each size along an axis, beside the others' numbers. */
export function beyondTable(task: TaskGroups, axis: string, counted: string): Table {
  const { name, groups, unit } = task;
  const answers = answersOf(task);
  const rows = groups.flatMap((group) =>
    standingsOf(group, axis).map(({ at, cost, wrong }) => [
      modelTitles[group.model],
      count(at),
      spreadText(cost, costTextIn(unit)),
      ...(answers ? [spreadText(wrong, percent)] : []),
      theirsAt(name, group.model, axis, at),
    ]),
  );
  const told = rows.some((row) => row.at(-1) !== NONE);
  const head = ['model', counted, unitTitle(unit), ...(answers ? [`wrong ${answers}`] : []), 'others found'];
  return told ? { head, rows } : { head: head.slice(0, -1), rows: rows.map((row) => row.slice(0, -1)) };
}

function theirsAt(task: string, model: NetKind, axis: string, at: number): string {
  const known = knownOf(task, model);
  const there = known.filter((each) => each.axis === axis && each.at === at);
  const texts = there.map((each) => {
    const value =
      each.bits === undefined
        ? `${percent(each.wrongBitFraction ?? 0)} wrong`
        : `${knownBits(each)} ${each.bits === 1 ? 'bit' : 'bits'}`;
    return `${value} (${shortSource(each)})`;
  });
  return listed(texts) || NONE;
}

/** The fresh sequences beside the best possible estimate of them. */
export function optimumTable({ groups }: TaskGroups): Table {
  const rows = groups.flatMap((group) => {
    const measured = evaluated(group).flatMap(({ trained, optimalBits }) =>
      optimalBits === undefined ? [] : [{ bits: trained.cost, best: optimalBits }],
    );
    if (measured.length === 0) return [];
    return [
      [
        modelTitles[group.model],
        spreadText(spreadOf(measured.map(({ bits }) => bits)), bitsText),
        spreadText(spreadOf(measured.map(({ best }) => best)), bitsText),
        spreadText(spreadOf(measured.map(({ bits, best }) => bits - best)), bitsText),
      ],
    ];
  });
  return { head: ['model', 'bits a sequence', 'best possible', 'above it'], rows };
}

/** The nets beside those of the paper. */
export function parametersTable(tasks: readonly TaskGroups[]): Table {
  const rows = tasks.flatMap((task) =>
    task.groups.flatMap(({ model, runs: [first] }) => {
      if (first === undefined) return [];
      const { parameters, recipe } = first.file;
      const theirs = experimentOf(task.name, model)?.paper.parameters;
      return [
        [
          `${task.title}: ${modelTitles[model]}`,
          headsText(recipe),
          sizeText(recipe),
          count(parameters),
          theirs === undefined ? NONE : count(theirs),
          theirs === undefined ? NONE : difference(parameters / theirs - 1),
        ],
      ];
    }),
  );
  return { head: ['task and model', 'heads', 'size', 'parameters', "the paper's", 'difference'], rows };
}

function headsText({ model, heads, readHeads = heads, writeHeads = heads }: Recipe): string {
  if (model === 'lstm' || model === 'own') return NONE;
  return readHeads === writeHeads ? count(readHeads) : `${readHeads} read, ${writeHeads} write`;
}

function sizeText({ model, layers, controllerSize }: Recipe): string {
  return model === 'own' ? NONE : `${layers === 1 ? '' : `${layers} × `}${controllerSize}`;
}

function difference(share: number): string {
  const text = (100 * share).toFixed(1);
  return `${share > 0 ? '+' : ''}${text === '-0.0' ? '0.0' : text} %`.replace('-', '−');
}

/** Every run, with what it would take to have it again. */
export function runsTable(runs: readonly StoredRun[]): Table {
  const rows = runs.map((run) => {
    const { id, file, progress, curve } = run;
    const { recipe, sittings, cost } = file;
    const solved = solvedAfter(curve, solvedBelow(run));
    return [
      `${id.task}, ${id.model}, seed ${id.seed}`,
      count(progress.sequences),
      progress.seconds < 10 ? progress.seconds.toFixed(1) : count(Math.round(progress.seconds)),
      progress.seconds > 0 ? count(Math.round(progress.sequences / progress.seconds)) : NONE,
      solved === undefined ? 'not' : count(solved),
      solved === undefined ? NONE : costTextIn(cost.unit)(worstAfter(curve, solved)),
      recipeText(recipe),
      [...new Set(sittings.map(({ commit }) => commit?.replace(/^(.{7})\w*/, '$1') ?? 'unknown'))].join(', '),
    ];
  });
  const head = [
    'run',
    'sequences',
    'seconds',
    'a second',
    'solved after',
    'worst 1,000 after',
    'recipe',
    'commit',
  ];
  return { head, rows };
}

/** The rate, and what differs from most runs. */
function recipeText({ learningRate, ...recipe }: Recipe): string {
  const { optimizer, rateHalfAfter, decay, clip, initialWeighting, shifts } = recipe;
  const parts = [learningRate.toExponential().replace('e-', 'e−')];
  if (optimizer !== paper.optimizer) parts.push(optimizer);
  const isGraves = optimizer === 'graves';
  if (isGraves && rateHalfAfter !== undefined) parts.push(unbroken(`half after ${count(rateHalfAfter)}`));
  if (isGraves && decay !== usual.decay) parts.push(unbroken(`decay ${decay}`));
  if (clipText(clip) !== clipText(usual.clip)) parts.push(unbroken(`clip ${clipText(clip)}`));
  if (initialWeighting !== usual.initialWeighting) parts.push(unbroken(`heads ${initialWeighting}`));
  if (shifts !== paper.shifts) parts.push(unbroken(`${shifts} shifts`));
  return parts.join(', ');
}
