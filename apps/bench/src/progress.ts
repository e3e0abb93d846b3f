import { type Progress, SOLVED_BITS } from '@tapehead/training';
import ora from 'ora';
import { count, emit, say } from './output.js';

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
  const forPeople = process.stderr.isTTY ? liveLine() : plainLines();
  return json ? both(forPeople, events()) : forPeople;
}

function liveLine(): Reporter {
  const line = ora({ stream: process.stderr, discardStdin: false, text: 'starting' }).start();
  const { tell, end } = throttled(LIVE_EVERY, (progress) => {
    line.text = sentence(progress);
  });
  return {
    tell,
    end() {
      end();
      line.stopAndPersist({ symbol: '·' });
    },
  };
}

function plainLines(): Reporter {
  return throttled(LINES_EVERY, (progress) => say(sentence(progress)));
}

function events(): Reporter {
  return throttled(EVENTS_EVERY, ({ sequences, meanBits: bits, sequencesPerSecond, gradientNorm }) =>
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

function sentence({ sequences, meanBits, sequencesPerSecond, gradientNorm }: Progress): string {
  return [
    `${count(sequences)} sequences`,
    `${meanBits.toFixed(3)} bits (solved under ${SOLVED_BITS})`,
    `${sequencesPerSecond.toFixed(1)} sequences/s`,
    `gradient norm ${gradientNorm.toPrecision(2)}`,
  ].join('   ');
}
