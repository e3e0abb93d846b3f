import type { Progress } from '@tapehead/training';
import { costFields } from './costs.js';
import { costText, count, emit, say } from './output.js';
import { canRedraw, columnsOf, linesOf, openScreen } from './terminal.js';

export interface Reporter {
  tell(progress: Progress): void;
  /** Tells the last of it, if that has not been told, and ends the live line. */
  end(): void;
}

/** Milliseconds between two lines, where they cannot be written over each other. */
const LINES_EVERY = 5000;
const LIVE_EVERY = 100;
const EVENTS_EVERY = 1000;

export interface ReporterOptions {
  json: boolean;
  /** The mean cost under which the task is solved, where there is one. */
  solvedBelow: number | undefined;
}

/** Training as it goes on: for people on stderr, a live line or lines now and then; with `json` as events on stdout. */
export function progressReporter({ json, solvedBelow }: ReporterOptions): Reporter {
  const parts = (progress: Progress) => partsOf(progress, solvedBelow);
  const forPeople = canRedraw(process.stderr) ? liveLine(parts) : plainLines(parts);
  return json ? both(forPeople, events()) : forPeople;
}

type Parts = (progress: Progress) => string[];

function liveLine(parts: Parts): Reporter {
  const screen = openScreen();
  screen.draw('starting');
  let last: Progress | undefined;
  const { tell, end } = throttled(LIVE_EVERY, (progress) => {
    last = progress;
    const [line = ''] = linesOf(parts(progress), columnsOf(process.stderr));
    screen.draw(line);
  });
  return {
    tell,
    end() {
      end();
      const all = last === undefined ? [] : parts(last);
      screen.draw(linesOf(all, columnsOf(process.stderr)).join('\n'));
      screen.end();
    },
  };
}

function plainLines(parts: Parts): Reporter {
  return throttled(LINES_EVERY, (progress) => say(parts(progress).join('   ')));
}

function events(): Reporter {
  return throttled(EVENTS_EVERY, ({ sequences, meanCost, unit, sequencesPerSecond, gradientNorm }) =>
    emit({ event: 'progress', sequences, ...costFields(meanCost, unit), sequencesPerSecond, gradientNorm }),
  );
}

function both(first: Reporter, second: Reporter): Reporter {
  return {
    tell(progress) {
      first.tell(progress);
      second.tell(progress);
    },
    end() {
      first.end();
      second.end();
    },
  };
}

function throttled(every: number, tell: (progress: Progress) => void): Reporter {
  let last = Number.NEGATIVE_INFINITY;
  let untold: Progress | undefined;
  return {
    tell(progress) {
      untold = progress;
      const now = performance.now();
      if (now - last < every) return;
      last = now;
      untold = undefined;
      tell(progress);
    },
    end() {
      if (untold !== undefined) tell(untold);
      untold = undefined;
    },
  };
}

/** What matters most comes first. */
function partsOf(
  { sequences, meanCost, unit, sequencesPerSecond, gradientNorm }: Progress,
  solvedBelow: number | undefined,
): string[] {
  return [
    `${count(sequences)} sequences`,
    costText(meanCost, unit),
    `${sequencesPerSecond.toFixed(1)} sequences/s`,
    ...(solvedBelow === undefined ? [] : [`solved under ${solvedBelow} ${unit}`]),
    `gradient norm ${gradientNorm.toPrecision(2)}`,
  ];
}
