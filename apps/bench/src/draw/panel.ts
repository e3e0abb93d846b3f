import { type Heatmap, heatmap } from './heatmap.js';
import { element, moved, text, tidy } from './svg.js';

export interface Panel extends Omit<Heatmap, 'width' | 'height'> {
  title: string;
  /** What a row is. */
  rowName: string;
  width: number;
  height: number;
  /** Steps are named under the panel too, not only ticked. */
  timeAxis: 'labelled' | 'ticks';
  /** The first step of the answer, marked by a line. */
  answerFrom: number;
}

const TICK = 4;

/** A heatmap with its title and axes; the heatmap's upper left corner is at 0, 0. */
export function panel(options: Panel): string {
  const { title, width, height, series, answerFrom } = options;
  const x = (answerFrom / series.steps) * width;
  return [
    text('text', title, { class: 'title', x: 0, y: -9 }),
    heatmap(options),
    element('rect', { class: 'frame', x: 0, y: 0, width, height }),
    element('line', { class: 'answer', x1: x, x2: x, y1: 0, y2: height }),
    rowAxis(options),
    timeAxis(options),
  ].join('');
}

function rowAxis({ rows, rowName, height }: Panel): string {
  const every = spacing(rows.length, height / 22);
  const ticks = rows.flatMap((row, i) => {
    if (row % every !== 0) return [];
    const y = ((i + 0.5) / rows.length) * height;
    return [
      element('line', { class: 'tick', x1: -TICK, x2: 0, y1: y, y2: y }),
      text('text', String(row), { class: 'mark', x: -TICK - 3, y: y + 3.5, 'text-anchor': 'end' }),
    ];
  });
  const name = text('text', rowName, {
    class: 'axis',
    transform: `translate(-34 ${tidy(height / 2)}) rotate(-90)`,
    'text-anchor': 'middle',
  });
  return [...ticks, name].join('');
}

function timeAxis({ series, width, height, timeAxis: kind }: Panel): string {
  const every = spacing(series.steps, width / 45);
  const parts: string[] = [];
  for (let t = 0; t < series.steps; t += every) {
    const x = ((t + 0.5) / series.steps) * width;
    parts.push(element('line', { class: 'tick', x1: x, x2: x, y1: 0, y2: TICK }));
    if (kind === 'labelled') {
      parts.push(text('text', String(t), { class: 'mark', x, y: 16, 'text-anchor': 'middle' }));
    }
  }
  if (kind === 'labelled') {
    parts.push(text('text', 'time step', { class: 'axis', x: width / 2, y: 33, 'text-anchor': 'middle' }));
  }
  return moved(0, height, ...parts);
}

/** The least of 1, 2, 5, 10, 20, 50, … that gives at most `marks` of `count`. */
function spacing(count: number, marks: number): number {
  for (let unit = 1; ; unit *= 10) {
    const found = [1, 2, 5].map((step) => step * unit).find((every) => count / every <= marks);
    if (found !== undefined) return found;
  }
}
