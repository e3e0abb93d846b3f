import type { HeadLook, Look } from '../run/look.js';
import { at } from '../run/store.js';
import { Cells } from './Cells.js';
import { number } from './numbers.js';
import { Pixels } from './Pixels.js';

/** Pixels of the highest bar. */
const BAR = 24;

interface Stage {
  readonly name: string;
  /** The parameter that it goes by, and what it means. */
  readonly parameter: string;
  readonly weights: Float32Array;
}

/** What each stage of addressing makes of a head's weighting at the chosen step. */
export function Stages({ head, look }: { head: HeadLook; look: Look }) {
  return (
    <ol class={`stages ${head.kind}`}>
      {stagesOf(head, look).map((stage) => (
        <Strip key={stage.name} stage={stage} kind={head.kind} />
      ))}
    </ol>
  );
}

function stagesOf(head: HeadLook, { memorySize, shifts }: Look): Stage[] {
  const t = at.value;
  const now = (all: Float32Array): Float32Array => all.subarray(t * memorySize, (t + 1) * memorySize);
  const scalar = (all: Float32Array): string => number(all[t] ?? Number.NaN);
  const shift = Array.from(head.shift.subarray(t * shifts, (t + 1) * shifts), number).join(' · ');
  return [
    { name: 'before', parameter: 'the step before', weights: now(head.previous) },
    { name: 'content', parameter: `β = ${scalar(head.beta)}`, weights: now(head.content) },
    { name: 'interpolated', parameter: `g = ${scalar(head.gate)}`, weights: now(head.interpolated) },
    { name: 'shifted', parameter: `s = ${shift}`, weights: now(head.shifted) },
    { name: 'sharpened', parameter: `γ = ${scalar(head.gamma)}`, weights: now(head.sharpened) },
  ];
}

/** A bar chart over the rows of the memory: full bars for write heads, striped ones for read heads. */
function Strip({ stage: { name, parameter, weights }, kind }: { stage: Stage } & Pick<HeadLook, 'kind'>) {
  const peak = weights.reduce((best, weight, row) => (weight > (weights[best] ?? 0) ? row : best), 0);
  const most = weights[peak] ?? 1;
  const stripe = kind === 'read' ? 0.12 : 1;
  const bar = (column: number, y: number): number => {
    const reaches = (weights[column] ?? 0) / most > 1 - (y + 1) / BAR;
    return reaches ? (y % 2 === 0 ? stripe : 1) : 0;
  };
  return (
    <li class="stage">
      <span class="stage-name">{name}</span> <span class="stage-parameter">{parameter}</span>
      <Cells
        class="strip"
        label={`${name}, ${parameter}: most at row ${peak}, ${number(most)}`}
        columns={weights.length}
        rows={1}
        describe={({ column }) => `row ${column}: ${number(weights[column] ?? Number.NaN)}`}
      >
        <Pixels columns={weights.length} rows={BAR} value={bar} scale="amount" />
      </Cells>
      <span class="stage-peak">
        {number(most)} at row {peak}
      </span>
    </li>
  );
}
