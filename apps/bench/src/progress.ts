import { type Progress, SOLVED_BITS } from '@tapehead/training';
import { count, emit, say } from './output.js';
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

/** Training as it goes on: for people on stderr, a live line or lines now and then; with `json` as events on stdout. */
export function progressReporter({ json }: { json: boolean }): Reporter {
  const forPeople = canRedraw(process.stderr) ? liveLine() : plainLines();
  return json ? both(forPeople, events()) : forPeople;
}

function liveLine(): Reporter {
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

function plainLines(): Reporter {
  return throttled(LINES_EVERY, (progress) => say(sentence(progress)));
}

function events(): Reporter {
  return throttled(EVENTS_EVERY, ({ sequences, meanCost: bits, sequencesPerSecond, gradientNorm }) =>
    emit({ event: 'progress', sequences, bits, sequencesPerSecond, gradientNorm }),
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

function sentence(progress: Progress): string {
  return parts(progress).join('   ');
}

/** What matters most comes first. */
function parts({ sequences, meanCost, sequencesPerSecond, gradientNorm }: Progress): string[] {
  return [
    `${count(sequences)} sequences`,
    `${meanCost.toFixed(3)} bits`,
    `${sequencesPerSecond.toFixed(1)} sequences/s`,
    `solved under ${SOLVED_BITS} bits`,
    `gradient norm ${gradientNorm.toPrecision(2)}`,
  ];
}
