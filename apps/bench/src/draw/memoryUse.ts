import { colour } from './colormap.js';
import { usedLocations } from './locations.js';
import { type Panel, panel } from './panel.js';
import { rangeAroundZero, type Series } from './series.js';
import { element, moved, text } from './svg.js';

/** What the heads of a net did in one episode. A series has T steps. */
export interface MemoryUse {
  title: string;
  subtitle: string;
  /** `[T, inputSize]` */
  inputs: Series;
  /** `[T, outputSize]`: probabilities, or numbers */
  outputs: Series;
  /** The first step whose output counts. */
  answerFrom: number;
  /** One for each write head, `[T, M]`. */
  adds: readonly Series[];
  /** One for each read head, `[T, M]`. */
  reads: readonly Series[];
  /** One for each write head, `[T, N]`. */
  writeWeightings: readonly Series[];
  /** One for each read head, `[T, N]`. */
  readWeightings: readonly Series[];
}

type Content = Pick<Panel, 'title' | 'rowName' | 'series' | 'rows' | 'range'>;
interface Row {
  left: Content | undefined;
  right: Content | undefined;
  height: number;
}

const MARGIN = { left: 60, right: 96, top: 96, bottom: 52 };
const [GUTTER, ROW_GAP] = [66, 36];
/** A row as low as one channel would have no room for the ends of its scale. */
const LOWEST = 27;

/**
 * Figure 6 of Graves et al. 2014: how the memory is used in one episode. Left column: inputs, vectors added, write
 * weightings; right column: outputs, vectors read, read weightings; time runs from left to right in all of them.
 * @returns an SVG document
 */
export function drawMemoryUse(use: MemoryUse): string {
  const rows = rowsOf(use);
  const panelWidth = Math.min(900, Math.max(360, use.inputs.steps * 8));
  const width = MARGIN.left + panelWidth + GUTTER + panelWidth + MARGIN.right;
  const tops = rows.map((_, i) => rows.slice(0, i).reduce((y, row) => y + row.height + ROW_GAP, MARGIN.top));
  const bottom = (tops.at(-1) ?? 0) + (rows.at(-1)?.height ?? 0);
  const columns = { left: MARGIN.left, right: MARGIN.left + panelWidth + GUTTER };
  const body = rows.flatMap((row, i) =>
    (['left', 'right'] as const).map((side) => {
      const content = row[side];
      if (content === undefined) return '';
      const timeAxis = rows.slice(i + 1).some((below) => below[side]) ? 'ticks' : 'labelled';
      const drawn = panel({
        ...content,
        width: panelWidth,
        height: row.height,
        timeAxis,
        answerFrom: use.answerFrom,
      });
      return moved(columns[side], tops[i] ?? 0, drawn);
    }),
  );
  const scales = rows.map((row, i) => {
    const content = row.right ?? row.left;
    if (content === undefined) return '';
    return moved(columns.right + panelWidth + 16, tops[i] ?? 0, scale(content.range, row.height));
  });
  return page(width, bottom + MARGIN.bottom, use, [...body, ...scales]);
}

function rowsOf(use: MemoryUse): Row[] {
  const locations = usedLocations([...use.writeWeightings, ...use.readWeightings]);
  const vectors = rangeAroundZero([...use.adds, ...use.reads]);
  const [writers, readers] = [use.adds.length, use.reads.length];
  const rows: Row[] = [
    {
      left: channels('Inputs', use.inputs),
      right: channels('Outputs', use.outputs),
      height: Math.max(9 * Math.max(use.inputs.size, use.outputs.size), LOWEST),
    },
  ];
  for (let head = 0; head < Math.max(writers, readers); head++) {
    const [adds, reads] = [use.adds[head], use.reads[head]];
    const [written, read] = [use.writeWeightings[head], use.readWeightings[head]];
    rows.push(
      {
        left: adds && content(headed('Adds', head, writers), 'component', adds, vectors),
        right: reads && content(headed('Reads', head, readers), 'component', reads, vectors),
        height: fitting((adds ?? reads)?.size ?? 1, 130),
      },
      {
        left:
          written &&
          content(headed('Write weightings', head, writers), 'location', written, [0, 1], locations),
        right: read && content(headed('Read weightings', head, readers), 'location', read, [0, 1], locations),
        height: fitting(locations.length, 300),
      },
    );
  }
  return rows;
}

/** Bits, or where there are other numbers among them what their colours mean. */
function channels(title: string, series: Series): Content {
  if (series.values.every((value) => value >= 0 && value <= 1))
    return content(title, 'channel', series, [0, 1]);
  const range = rangeAroundZero([series]);
  return content(`${title}, ${range.map(label).join(' to ')}`, 'channel', series, range);
}

function content(
  title: string,
  rowName: string,
  series: Series,
  range: readonly [number, number],
  rows: readonly number[] = Array.from({ length: series.size }, (_, row) => row),
): Content {
  return { title, rowName, series, range, rows };
}

function headed(title: string, head: number, heads: number): string {
  return heads === 1 ? title : `${title}, head ${head + 1}`;
}

/** Rows of 2 to 9 pixels each, `wanted` pixels in all where that lets them. */
function fitting(rows: number, wanted: number): number {
  return rows * Math.min(9, Math.max(2, wanted / rows));
}

/** The colour scale beside a row of panels, with the values at its ends. */
function scale([low, high]: readonly [number, number], available: number): string {
  const [width, height, stripes] = [10, Math.min(100, available), 25];
  const bar = Array.from({ length: stripes }, (_, i) =>
    element('rect', {
      x: 0,
      y: (i * height) / stripes,
      width,
      height: height / stripes + 0.5,
      fill: colour(1 - i / (stripes - 1)),
    }),
  );
  return [
    ...bar,
    element('rect', { class: 'frame', x: 0, y: 0, width, height }),
    text('text', label(high), { class: 'mark', x: width + 5, y: 8 }),
    text('text', label(low), { class: 'mark', x: width + 5, y: height }),
  ].join('');
}

function label(value: number): string {
  return (Number.isInteger(value) ? String(value) : value.toFixed(2)).replace('-', '−');
}

/** Neutral ink on a light page, and on a dark one where the viewer asks for it. */
const STYLE = `
.page { fill: #ffffff } .ink, .title { fill: #24242a } .axis, .mark, .note { fill: #5d5d66 }
.tick, .frame { stroke: #8a8a94; stroke-width: 1; fill: none } .answer { stroke: #ffffff; stroke-opacity: .55; stroke-dasharray: 3 3 }
.ink { font-size: 19px; font-weight: 700 } .title { font-size: 14px; font-weight: 700 }
.note { font-size: 13px } .axis { font-size: 12px } .mark { font-size: 11px }
@media (prefers-color-scheme: dark) {
  .page { fill: #17171b } .ink, .title { fill: #ececf0 } .axis, .mark, .note { fill: #a9a9b4 } .tick, .frame { stroke: #75757f }
}`;

function page(
  width: number,
  height: number,
  { title, subtitle }: MemoryUse,
  body: readonly string[],
): string {
  const description =
    'Heatmaps over time steps. Left: inputs, vectors added to the memory, write weightings. ' +
    `Right: outputs, vectors read from the memory, read weightings. ${subtitle}`;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${Math.ceil(height)}`,
      width,
      height: Math.ceil(height),
      role: 'img',
      'aria-labelledby': 'title description',
      'font-family': "system-ui, 'PT Sans', sans-serif",
    },
    text('title', title, { id: 'title' }),
    text('desc', description, { id: 'description' }),
    text('style', STYLE),
    element('rect', { class: 'page', width, height: Math.ceil(height) }),
    text('text', title, { class: 'ink', x: MARGIN.left, y: 32 }),
    text('text', subtitle, { class: 'note', x: MARGIN.left, y: 52 }),
    ...body,
  );
}
