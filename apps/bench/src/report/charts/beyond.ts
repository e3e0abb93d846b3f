import * as Plot from '@observablehq/plot';
import type { NetKind } from '../../models.js';
import type { Evaluation } from '../../reproduce/format.js';
import { fileNameOf, oneLine } from '../escape.js';
import {
  answersOf,
  experimentNamed,
  knownOf,
  modelTitles,
  type Standing,
  standingsOf,
  type TaskGroups,
} from '../groups.js';
import { costTextIn, percent, tickOf, unitTitle } from '../words.js';
import { chart, colourOf, dashOf, type Picture } from './chart.js';

type Axis = Omit<Evaluation['axes'][number], 'points'>;
/** What is drawn: the cost where others told it or answers are numbers, the share of wrong answers elsewhere. */
type Quantity = 'cost' | 'wrong';
interface Line {
  model: NetKind;
  standings: Standing[];
}

/** How each model does at sizes beyond those it was trained with; the spread of the seeds as strokes. */
export function beyondChart(task: TaskGroups, axis: Axis): Picture {
  const lines = task.groups.map((group) => ({
    model: group.model,
    standings: standingsOf(group, axis.name),
  }));
  const shown = quantityOf(task, axis);
  const answers = answersOf(task);
  const what = shown === 'cost' ? unitTitle(task.unit) : `wrong ${answers}, %`;
  const scale = answers === 'bits' ? { domain: [0, 50], clamp: true } : {};
  const alt = altOf(task, axis, lines, shown);
  const { least, most } = axis.trained;
  const svg = chart({
    models: lines.map(({ model }) => model),
    x: {
      label: oneLine(axis.name === axis.unit ? axis.unit : `${axis.name}, ${axis.unit}`),
      domain: [0, farthest(lines)],
    },
    y: { label: what, zero: true, nice: true, ...(shown === 'wrong' ? scale : tickOf(task.unit)) },
    marks: [
      Plot.rect([{ least, most }], { x1: 'least', x2: 'most', fill: 'currentColor', fillOpacity: 0.07 }),
      Plot.text([{ at: (least + most) / 2 }], { x: 'at', text: ['trained'], frameAnchor: 'top', dy: -10 }),
      ...lines.flatMap((line) => lineMarks(line, shown)),
      ...lines.map(({ model }) => knownMark(knownPoints(task, axis, model, shown), model)),
      Plot.ruleY([0]),
    ],
    alt,
  });
  const caption = `Beyond training: ${shown === 'cost' ? 'the cost of a fresh sequence' : `the share of wrong ${answers}`} by ${axis.name}.`;
  return {
    name: `${fileNameOf(task.name)}-${fileNameOf(axis.name)}.svg`,
    svg,
    alt,
    caption: `${caption}${signs(task, axis, shown)}`,
  };
}

function quantityOf(task: TaskGroups, axis: Axis): Quantity {
  if (answersOf(task) === undefined) return 'cost';
  const known = Object.values(experimentNamed(task.name)?.known ?? {}).flat();
  return known.some((each) => each.axis === axis.name && each.bits !== undefined) ? 'cost' : 'wrong';
}

function lineMarks({ model, standings }: Line, shown: Quantity): Plot.Markish[] {
  const points = standings.flatMap(({ at, cost, wrong }) => {
    const spread = shown === 'cost' ? cost : wrong;
    const scale = shown === 'cost' ? 1 : 100;
    if (spread === undefined) return [];
    const { median, least, most } = spread;
    return [{ at, median: scale * median, least: scale * least, most: scale * most }];
  });
  const stroke = colourOf(model);
  const dash = dashOf(model);
  return [
    Plot.ruleX(points, { x: 'at', y1: 'least', y2: 'most', stroke, strokeWidth: 5, strokeOpacity: 0.25 }),
    Plot.lineY(points, {
      x: 'at',
      y: 'median',
      stroke,
      strokeWidth: 2,
      ...(dash !== undefined && { strokeDasharray: dash }),
    }),
    Plot.dot(points, { x: 'at', y: 'median', fill: stroke, r: 3 }),
  ];
}

interface KnownPoint {
  at: number;
  value: number;
}

/** What the best reproduction found. */
function knownPoints(task: TaskGroups, axis: Axis, model: NetKind, shown: Quantity): KnownPoint[] {
  return knownOf(task.name, model).flatMap((known) => {
    if (known.axis !== axis.name || known.at === undefined || known.source === 'paper') return [];
    const value = shown === 'cost' ? known.bits : known.wrongBitFraction;
    return value === undefined ? [] : [{ at: known.at, value: shown === 'cost' ? value : 100 * value }];
  });
}

function knownMark(points: readonly KnownPoint[], model: NetKind): Plot.Markish {
  return Plot.dot(points, {
    x: 'at',
    y: 'value',
    symbol: 'diamond',
    stroke: colourOf(model),
    strokeWidth: 2,
    r: 5,
  });
}

function signs(task: TaskGroups, axis: Axis, shown: Quantity): string {
  const some = task.groups.some(({ model }) => knownPoints(task, axis, model, shown).length > 0);
  return `${some ? ' Diamonds are the best reproduction’s numbers.' : ''} Grey: what was trained with.`;
}

function farthest(lines: readonly Line[]): number {
  return Math.max(...lines.flatMap(({ standings }) => standings.map(({ at }) => at)));
}

function altOf(task: TaskGroups, axis: Axis, lines: readonly Line[], shown: Quantity): string {
  const { title, unit } = task;
  const text = ({ at, cost, wrong }: Standing) =>
    `${shown === 'cost' ? costTextIn(unit)(cost.median) : percent(wrong?.median ?? Number.NaN)} at ${at}`;
  const each = lines.map(({ model, standings }) => `${modelTitles[model]} ${standings.map(text).join(', ')}`);
  const what = shown === 'cost' ? `cost in ${unitTitle(unit)}` : `share of wrong ${answersOf(task)}`;
  return `${title}: ${what} by ${axis.name}, trained up to ${axis.trained.most}. ${each.join('; ')}.`;
}
