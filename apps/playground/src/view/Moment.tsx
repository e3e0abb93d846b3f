import type { HeadLook, Look } from '../run/look.js';
import { at } from '../run/store.js';
import { Cells } from './Cells.js';
import { headShown } from './Film.js';
import { HeadMark } from './HeadMark.js';
import { headLabel } from './heads.js';
import { number } from './numbers.js';
import { greatest } from './Panel.js';
import { Pixels } from './Pixels.js';
import { picked } from './picked.js';
import { Stages } from './Stages.js';

/** One step of an episode: the whole tape, each head's place on it, and how the head came to look there. */
export function Moment({ look }: { look: Look }) {
  const { memorySize: rows, memoryDim: width } = look;
  const memory = look.memory.subarray(at.value * rows * width, (at.value + 1) * rows * width);
  const valueAt = (row: number, cell: number): number => memory[row * width + cell] ?? Number.NaN;
  const shown = [headShown(look, 'write'), headShown(look, 'read')].filter((head) => head !== undefined);
  return (
    <div class="moment">
      <h3>The memory after step {at.value + 1}</h3>
      <p class="hint">
        {rows} rows from left to right, {width} cells each from top to bottom. Blue is above zero, orange
        below. A triangle marks where a head writes, a ring where one reads.
      </p>
      <div class="tape">
        <Places heads={look.heads} kind="write" rows={rows} />
        <Cells
          class="tape-cells"
          label={`Memory after step ${at.value + 1}`}
          columns={rows}
          rows={width}
          describe={({ column, row }) => `row ${column}, cell ${row + 1}: ${number(valueAt(column, row))}`}
          onPick={({ column, row }) => {
            picked.value = { row: column, cell: row };
          }}
        >
          <Pixels columns={rows} rows={width} value={valueAt} scale="signed" most={greatest(memory)} />
        </Cells>
        <Places heads={look.heads} kind="read" rows={rows} />
        <div class="ticks" aria-hidden="true">
          {[0, 0.25, 0.5, 0.75, 1].map((share) => (
            <span key={share}>{Math.round(share * (rows - 1))}</span>
          ))}
        </div>
      </div>
      <div class="stages-of-heads">
        {shown.map((head) => (
          <section key={head.kind} aria-label={headLabel(head, look.heads)}>
            <h4>
              <HeadMark kind={head.kind} /> {headLabel(head, look.heads)}
            </h4>
            <Stages head={head} look={look} />
          </section>
        ))}
      </div>
    </div>
  );
}

/** A mark above or below the tape for each head, as strong as its weight there. */
function Places({ heads, kind, rows }: { heads: readonly HeadLook[]; kind: HeadLook['kind']; rows: number }) {
  const marks = heads
    .filter((head) => head.kind === kind)
    .flatMap(({ index, sharpened }) =>
      Array.from(sharpened.subarray(at.value * rows, (at.value + 1) * rows), (weight, row) => ({
        index,
        weight,
        row,
      })),
    )
    .filter(({ weight }) => weight >= 0.05);
  return (
    <div class={`places ${kind}`} aria-hidden="true">
      {marks.map(({ index, weight, row }) => (
        <span
          key={`${index} ${row}`}
          style={{ left: `${(100 * (row + 0.5)) / rows}%`, opacity: String(0.25 + 0.75 * weight) }}
        >
          <HeadMark kind={kind} />
        </span>
      ))}
    </div>
  );
}
