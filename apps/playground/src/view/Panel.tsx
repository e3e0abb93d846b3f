import { usedLocations } from '@tapehead/bench/draw';
import type { ComponentChildren } from 'preact';
import type { Look } from '../run/look.js';
import { at, step } from '../run/store.js';
import { Cells } from './Cells.js';
import type { ScaleName } from './colours.js';
import { number } from './numbers.js';
import { Pixels } from './Pixels.js';

interface PanelProps {
  readonly title: string;
  readonly mark?: ComponentChildren;
  readonly look: Pick<Look, 'steps' | 'mask'>;
  /** `[T, size]` */
  readonly values: Float32Array;
  readonly size: number;
  /** The rows to show, from top to bottom; all by default. */
  readonly rows?: readonly number[];
  readonly rowName: (row: number) => string;
  readonly scale: ScaleName;
  readonly most?: number;
  readonly height: 'bits' | 'vectors' | 'locations';
  readonly children?: ComponentChildren;
}

/** Something over time, as in figure 6 of the paper: time from left to right, the chosen step marked. */
export function Panel(props: PanelProps) {
  const { title, mark, look, values, size, scale, most, height, children, rowName } = props;
  const rows = props.rows ?? Array.from({ length: size }, (_, row) => row);
  const valueAt = (column: number, row: number): number =>
    values[column * size + (rows[row] ?? 0)] ?? Number.NaN;
  const answerFrom = look.mask.indexOf(1);
  return (
    <figure class="panel">
      <figcaption>
        {mark} {title}
      </figcaption>
      <Cells
        class={height}
        label={`${title} over ${look.steps} steps`}
        columns={look.steps}
        rows={rows.length}
        describe={({ column, row }) =>
          `${rowName(rows[row] ?? 0)}, step ${column + 1}: ${number(valueAt(column, row))}`
        }
        onPick={({ column }) => {
          step.value = column;
        }}
      >
        <Pixels columns={look.steps} rows={rows.length} value={valueAt} scale={scale} most={most ?? 1} />
        {answerFrom > 0 && (
          <span class="answer-line" style={{ left: `${(100 * answerFrom) / look.steps}%` }} />
        )}
        <span
          class="time-line"
          style={{ left: `${(100 * at.value) / look.steps}%`, width: `${100 / look.steps}%` }}
        />
        {children}
      </Cells>
    </figure>
  );
}

/** The rows of the memory where heads looked, with a margin. */
export function rowsWorthShowing({ heads, steps, memorySize: size }: Look): number[] {
  return usedLocations(heads.map(({ sharpened: values }) => ({ values, steps, size })));
}

/** The largest distance from zero. */
export function greatest(...all: readonly Float32Array[]): number {
  let most = 0;
  for (const values of all) for (const value of values) most = Math.max(most, Math.abs(value));
  return most > 0 ? most : 1;
}
