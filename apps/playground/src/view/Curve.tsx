import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { curve, news, solved } from '../run/store.js';
import { theme } from './colours.js';
import { count, number } from './numbers.js';

const SOLVED_BITS = 0.05;
const HEIGHT = 200;
/** Costs below this are drawn there: the scale is logarithmic. */
const FLOOR = 1e-3;
const DECADES = [0.001, 0.01, 0.1, 1, 10, 100, 1000] as const;

/** The cost of a sequence in bits, over the sequences trained with. */
export function Curve() {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const colours = theme.value;
  const points = curve.value;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(optionsFor(element), [[], [], []], element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [colours]);

  useEffect(() => {
    const floored = (value: number): number => Math.max(FLOOR, value);
    plot.current?.setData([
      points.map(({ sequences }) => sequences),
      points.map(({ bits }) => floored(bits)),
      points.map(({ mean }) => floored(mean)),
    ]);
  }, [points, colours]);

  return <div ref={box} class="curve" role="img" aria-label={summary()} />;
}

function summary(): string {
  if (news.value === undefined) return 'Learning curve: nothing trained yet.';
  const { sequences, meanCost } = news.value;
  const end = solved.value ? ` Solved after ${count(solved.value.sequences)}.` : '';
  return `Learning curve: ${number(meanCost)} bits a sequence after ${count(sequences)} sequences.${end}`;
}

function optionsFor(element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const [ink, faint, accent] = ['--soft', '--line', '--accent'].map((name) =>
    style.getPropertyValue(name).trim(),
  );
  const font = `11px ${style.fontFamily}`;
  const axis = {
    stroke: ink ?? '',
    font,
    grid: { stroke: faint ?? '', width: 1 },
    ticks: { stroke: faint ?? '', width: 1, size: 4 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [10, 10, 0, 0],
    scales: {
      x: { time: false, range: (_, least, most) => [Math.min(0, least ?? 0), Math.max(1000, most ?? 0)] },
      y: { distr: 3, range: () => [FLOOR, 1000] },
    },
    axes: [
      { ...axis, space: 60, size: 28, values: (_, splits) => splits.map(short) },
      {
        ...axis,
        size: 44,
        splits: () => [...DECADES],
        values: (_, splits) => splits.map((bits) => (bits === null ? '' : String(bits))),
      },
    ],
    series: [
      {},
      { stroke: ink ?? '', width: 0.5, points: { show: false } },
      { stroke: accent ?? '', width: 2, points: { show: false } },
    ],
    hooks: { draw: [(plot) => drawSolved(plot, ink ?? '', accent ?? '', font)] },
  };
}

function short(sequences: number): string {
  return sequences >= 1000 ? `${sequences / 1000}k` : String(sequences);
}

/** The cost under which a task is solved, and where that happened. */
function drawSolved({ ctx, bbox, valToPos }: uPlot, ink: string, accent: string, font: string): void {
  const ratio = devicePixelRatio;
  const y = valToPos(SOLVED_BITS, 'y', true);
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  ctx.font = font.replace('11px', `${11 * ratio}px`);
  ctx.textAlign = 'left';
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 4 * ratio]);
  line(ctx, bbox.left, y, bbox.left + bbox.width, y);
  ctx.fillText('solved: 0.05 bits', bbox.left + 6 * ratio, y + 14 * ratio);
  if (solved.value !== undefined) {
    const x = valToPos(solved.value.sequences, 'x', true);
    ctx.setLineDash([]);
    ctx.strokeStyle = accent;
    line(ctx, x, bbox.top, x, bbox.top + bbox.height);
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
}
