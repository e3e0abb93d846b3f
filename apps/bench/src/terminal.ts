import { createLogUpdate } from 'log-update';

/** What of a terminal is looked at. */
export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

type Drawable = NodeJS.WritableStream & Terminal;

const USUAL = { columns: 80, rows: 24 };

/** The columns of a terminal. A terminal that nobody has sized says 0: then the usual number, as for no terminal. */
export function columnsOf({ columns }: Terminal, usual: number = USUAL.columns): number {
  return known(columns, usual);
}

/** Whether lines can be drawn over each other, which takes a terminal that knows its size. */
export function canRedraw({ isTTY, columns }: Terminal): boolean {
  return isTTY === true && known(columns, 0) > 0 && process.env.TERM !== 'dumb';
}

function known(size: number | undefined, usual: number): number {
  return size !== undefined && Number.isSafeInteger(size) && size > 0 ? size : usual;
}

/** Lines at the end of a terminal that are drawn over each other. */
export interface Screen {
  draw(text: string): void;
  /** Writes a text above the lines, where it stays. */
  keep(text: string): void;
  /** Leaves the lines as they are. */
  end(): void;
}

let shown: Screen | undefined;

/** The screen on stderr, while there is one. */
export function shownScreen(): Screen | undefined {
  return shown;
}

/** Opens a screen on stderr; the terminal may change its size meanwhile. */
export function openScreen(stderr: Drawable = process.stderr): Screen {
  const update = createLogUpdate(sized(stderr));
  let drawn = '';
  const screen: Screen = {
    draw(text) {
      drawn = text;
      update(text);
    },
    keep(text) {
      update.persist(text);
      update(drawn);
    },
    end() {
      update.done();
      if (shown === screen) shown = undefined;
    },
  };
  shown = screen;
  return screen;
}

/** The same stream, but for its size, which is never 0: to divide by it would draw without end. */
function sized(stream: Drawable): Drawable {
  return new Proxy(stream, {
    get(target, key) {
      if (key === 'columns') return columnsOf(target);
      if (key === 'rows') return known(target.rows, USUAL.rows);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Breaks parts into lines of at most `columns` columns. A wider part has its own line. */
export function linesOf(parts: readonly string[], columns: number, gap = '   '): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + gap.length + part.length <= columns) {
      lines[lines.length - 1] = last + gap + part;
    } else {
      lines.push(part);
    }
  }
  return lines;
}
