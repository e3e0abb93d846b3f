import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { NetKind } from '../../models.js';
import { oneLine } from '../escape.js';
import { modelTitles } from '../groups.js';

/** A picture of the report. */
export interface Picture {
  /** Its file, in `pictures/`. */
  name: string;
  svg: string;
  /** What it shows, for those who do not see it. */
  alt: string;
  caption: string;
}

/** Pixels at which letters have their own size; pages scale it by a little. */
const SIZE = { width: 420, height: 300 };
const LEGEND = { top: 30, left: 4, sample: 22, gap: 16, letter: 6.9 };
const DASHES: Readonly<Record<NetKind, string>> = {
  'ntm-feedforward': '',
  'ntm-lstm': '7 3',
  lstm: '2 3',
  own: '10 3 2 3',
};

/** Colours that differ to colour-blind eyes, of Okabe and Ito, and lighter ones on dark. */
const STYLE =
  '.chart{--ntm-feedforward:#0072b2;--ntm-lstm:#c14f00;--lstm:#00805e;--own:#8a4fb0;color:#1d2430;background:none}' +
  '@media (prefers-color-scheme:dark){.chart{--ntm-feedforward:#56b4e9;--ntm-lstm:#f0944d;--lstm:#3fcf9f;--own:#c79be6;color:#dfe4ec}}';

export function colourOf(model: NetKind): string {
  return `var(--${model})`;
}

export function dashOf(model: NetKind): string | undefined {
  return DASHES[model] || undefined;
}

export interface ChartOptions {
  models: readonly NetKind[];
  x: Plot.ScaleOptions;
  y: Plot.ScaleOptions;
  marks: Plot.Markish[];
  alt: string;
}

/** An SVG document of a plot, with a legend of its models; dark where the reader's screen is. */
export function chart({ models, x, y, marks, alt }: ChartOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    document,
    ...SIZE,
    style: { fontSize: '13px' },
    marginTop: 58,
    marginLeft: 44,
    marginRight: 14,
    marginBottom: 42,
    x: { ...x, labelAnchor: 'center', labelArrow: 'none', labelOffset: 36 },
    y: { ...y, labelArrow: 'none', grid: true },
    marks,
  });
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('class', 'chart');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', oneLine(alt));
  const style = svg.querySelector('style');
  if (style !== null) style.textContent = STYLE;
  svg.insertAdjacentHTML('beforeend', legend(models));
  return svg.outerHTML;
}

function legend(models: readonly NetKind[]): string {
  let left = LEGEND.left;
  return models
    .map((model) => {
      const [from, to] = [left, left + LEGEND.sample];
      left = to + 6 + LEGEND.letter * modelTitles[model].length + LEGEND.gap;
      const dash = dashOf(model);
      const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
      return (
        `<line x1="${from}" x2="${to}" y1="${LEGEND.top}" y2="${LEGEND.top}" stroke="${colourOf(model)}" stroke-width="2.5"${dashes}></line>` +
        `<text x="${to + 6}" y="${LEGEND.top}" dy="0.32em" text-anchor="start">${modelTitles[model]}</text>`
      );
    })
    .join('');
}
