import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { say } from '../run/actions.js';

/** A cell by its column and row, both from 0. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

interface CellsProps {
  /** What it shows, for a screen reader. */
  readonly label: string;
  readonly columns: number;
  readonly rows: number;
  /** One short line about a cell. */
  readonly describe: (cell: Cell) => string;
  /** A click, Enter or Space on a cell. */
  readonly onPick?: ((cell: Cell) => void) | undefined;
  readonly class?: string;
  readonly children: ComponentChildren;
}

const moves: Record<string, Cell> = {
  ArrowLeft: { column: -1, row: 0 },
  ArrowRight: { column: 1, row: 0 },
  ArrowUp: { column: 0, row: -1 },
  ArrowDown: { column: 0, row: 1 },
};

/** A picture made of cells: the pointer, or the arrow keys, tell the number of each. */
export function Cells({ label, columns, rows, describe, onPick, class: name = '', children }: CellsProps) {
  const [cell, setCell] = useState<Cell | undefined>();
  const shown = cell && within(cell, columns, rows);

  const point = (event: PointerEvent): Cell => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    return within({ column, row }, columns, rows);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const from = shown ?? { column: 0, row: 0 };
    const move = moves[event.key];
    if (move !== undefined) {
      const next = within({ column: from.column + move.column, row: from.row + move.row }, columns, rows);
      setCell(next);
      say(describe(next));
    } else if ((event.key === 'Enter' || event.key === ' ') && onPick !== undefined) onPick(from);
    else if (event.key === 'Escape') setCell(undefined);
    else return;
    event.preventDefault();
  };

  return (
    <div
      class={`cells ${name}`}
      role="application"
      aria-roledescription="heatmap"
      aria-label={`${label}. Arrow keys read cells.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is interactive
      tabIndex={0}
      onPointerMove={(event) => setCell(point(event))}
      onPointerLeave={() => setCell(undefined)}
      onBlur={() => setCell(undefined)}
      onClick={(event) => onPick?.(point(event as unknown as PointerEvent))}
      onKeyDown={onKeyDown}
    >
      {children}
      {shown && (
        <>
          <span
            class="cell-mark"
            style={{
              left: `${(100 * shown.column) / columns}%`,
              top: `${(100 * shown.row) / rows}%`,
              width: `${100 / columns}%`,
              height: `${100 / rows}%`,
            }}
          />
          <span
            class={`tip ${shown.column > columns / 2 ? 'to-left' : ''}`}
            style={{
              left: `${(100 * (shown.column + 0.5)) / columns}%`,
              top: `${(100 * shown.row) / rows}%`,
            }}
          >
            {describe(shown)}
          </span>
        </>
      )}
    </div>
  );
}

function within({ column, row }: Cell, columns: number, rows: number): Cell {
  const clamp = (value: number, most: number): number => Math.min(most - 1, Math.max(0, value));
  return { column: clamp(column, columns), row: clamp(row, rows) };
}
