import * as Plot from '@observablehq/plot';
import type { Known } from '../../experiments.js';
import type { NetKind } from '../../models.js';
import { fileNameOf } from '../escape.js';
import { finalCost, type Group, knownOf, modelTitles, optimalBits, type TaskGroups } from '../groups.js';
import { bandOf, type Moment, windowFor } from '../statistics.js';
import { costTextIn, plural, spreadText, tickOf, unitTitle } from '../words.js';
import { chart, colourOf, dashOf, type Picture } from './chart.js';

interface Curve {
  model: NetKind;
  moments: Moment[];
}

/** Learning curves of all models in one plot: the cost against thousands of sequences; the spread of the seeds as a band. */
export function learningChart(task: TaskGroups): Picture {
  const longest = Math.max(
    ...task.groups.flatMap(({ runs }) => runs.map(({ progress }) => progress.sequences)),
  );
  const window = windowFor(longest);
  const curves = task.groups.map(({ model, runs }) => ({
    model,
    moments: bandOf(
      runs.map(({ curve }) => curve),
      window,
    ),
  }));
  const best = optimalBits(task);
  const alt = altOf(task, best);
  const svg = chart({
    models: curves.map(({ model }) => model),
    x: { label: 'thousand sequences', domain: [0, longest / 1000] },
    y: { label: unitTitle(task.unit), ...tickOf(task.unit), domain: domainOf(curves, best) },
    marks: [
      ...curves.flatMap(curveMarks),
      ...(best === undefined ? [] : optimumMarks(best)),
      ...knownMarks(task, longest, domainOf(curves, best)[1]),
      Plot.ruleY([domainOf(curves, best)[0]]),
    ],
    alt,
  });
  const band = task.groups.some(({ runs }) => runs.length > 1)
    ? ' A line is the median of the seeds, its band reaches from the least to the most.'
    : '';
  return {
    name: `${fileNameOf(task.name)}-learning.svg`,
    svg,
    alt,
    caption: `Learning: the mean cost of each ${plural(window, 'sequence')} of training.${band}${marksText(task, longest)}`,
  };
}

function curveMarks({ model, moments }: Curve): Plot.Markish[] {
  const thousands = moments.map((moment) => ({ ...moment, thousand: moment.sequences / 1000 }));
  const dash = dashOf(model);
  return [
    Plot.areaY(thousands, {
      x: 'thousand',
      y1: 'least',
      y2: 'most',
      fill: colourOf(model),
      fillOpacity: 0.18,
      clip: true,
    }),
    Plot.lineY(thousands, {
      x: 'thousand',
      y: 'median',
      stroke: colourOf(model),
      strokeWidth: 2,
      ...(dash !== undefined && { strokeDasharray: dash }),
      clip: true,
    }),
  ];
}

function optimumMarks(best: number): Plot.Markish[] {
  const label = { y: best, text: `best possible: ${best.toFixed(1)}` };
  return [
    Plot.ruleY([best], { stroke: 'currentColor', strokeDasharray: '1 4', strokeWidth: 1.5 }),
    Plot.text([label], { y: 'y', text: 'text', frameAnchor: 'right', dy: 10, textAnchor: 'end' }),
  ];
}

/** What others found, within the frame. */
function knownMarks(task: TaskGroups, longest: number, most: number): Plot.Markish[] {
  return task.groups.flatMap(({ model }) => {
    const points = inFrame(task, model, longest).filter(({ bits = 0 }) => bits <= most);
    return Plot.dot(points, {
      x: ({ sequences = 0 }: Known) => sequences / 1000,
      y: 'bits',
      symbol: ({ source }: Known) => (source === 'paper' ? 'circle' : 'diamond'),
      stroke: colourOf(model),
      fill: 'var(--page, none)',
      strokeWidth: 2,
      r: 4.5,
    });
  });
}

function inFrame({ name }: TaskGroups, model: NetKind, longest: number): Known[] {
  const known = knownOf(name, model);
  return known.filter(({ sequences = Number.POSITIVE_INFINITY }) => sequences <= longest);
}

function marksText(task: TaskGroups, longest: number): string {
  const sources = new Set(
    task.groups.flatMap(({ model }) => inFrame(task, model, longest)).map(({ source }) => source),
  );
  return [
    ...(sources.has('paper') ? [' Circles are the paper’s numbers.'] : []),
    ...(sources.has('reproduction') ? [' Diamonds are the best reproduction’s numbers.'] : []),
  ].join('');
}

/** From 0 to the first costs; where the least possible is far above 0, from there to a fifth more, or to where curves end. */
function domainOf(curves: readonly Curve[], best: number | undefined): [number, number] {
  const highest = Math.max(1e-6, ...curves.flatMap(({ moments }) => moments.map(({ most }) => most)));
  if (best === undefined) return [0, highest];
  const last = Math.max(...curves.map(({ moments }) => moments.at(-1)?.most ?? 0));
  return [Math.floor(best) - 2, Math.min(highest, Math.max(1.2 * best, 1.02 * last))];
}

function altOf({ title, unit, groups }: TaskGroups, best: number | undefined): string {
  const ends = groups.map((group: Group) => {
    const { model, runs } = group;
    const most = Math.max(...runs.map(({ progress }) => progress.sequences));
    return `${modelTitles[model]} ends at ${spreadText(finalCost(group), costTextIn(unit))} after ${plural(most, 'sequence')}`;
  });
  const least = best === undefined ? '' : ` The best possible is ${best.toFixed(1)}.`;
  return `${title}: cost in ${unitTitle(unit)} over training. ${ends.join('; ')}.${least}`;
}
