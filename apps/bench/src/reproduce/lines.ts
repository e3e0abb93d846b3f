import type { Progress } from '@tapehead/training';
import { costFields } from '../costs.js';
import { costText, count, duration, emit, say } from '../output.js';
import { canRedraw, openScreen } from '../terminal.js';
import type { News } from './crew.js';

/** A run as it is told of. */
export interface Told {
  name: string;
  task: string;
  model: string;
  seed: number;
  target: number;
}

export interface Teller {
  tell(news: News, run: Told): void;
  end(): void;
}

/** Milliseconds between two lines of a run, where they cannot be written over each other. */
const LINES_EVERY = 30_000;
const EVENTS_EVERY = 5000;
const REDRAW_EVERY = 250;
const BAR = 20;

/** Runs as they go on: for people on stderr, a live line a run or lines now and then; with `json` as events on stdout. */
export function runTeller({ json, runs }: { json: boolean; runs: number }): Teller {
  const forPeople = canRedraw(process.stderr) ? liveLines(runs) : plainLines();
  if (!json) return forPeople;
  const forMachines = events();
  return {
    tell(news, run) {
      forPeople.tell(news, run);
      forMachines.tell(news, run);
    },
    end: forPeople.end,
  };
}

/** Lines of the runs at work, one each; those that have ended stay above them. */
function liveLines(runs: number): Teller {
  const screen = openScreen();
  const atWork = new Map<string, string>();
  let [done, drawn] = [0, 0];
  const draw = () => {
    drawn = performance.now();
    screen.draw([...atWork.values(), `${done} of ${runs} runs done`].join('\n'));
  };
  return {
    tell(news, run) {
      if (news.kind === 'ended') {
        atWork.delete(run.name);
        done++;
        screen.keep(sentence(news, run));
        draw();
        return;
      }
      atWork.set(run.name, sentence(news, run));
      if (performance.now() - drawn > REDRAW_EVERY) draw();
    },
    end: screen.end,
  };
}

function plainLines(): Teller {
  const due = throttle(LINES_EVERY);
  return {
    tell(news, run) {
      const isDue = due(run.name, news.kind === 'begun');
      if (news.kind !== 'progress' || isDue) say(sentence(news, run));
    },
    end: () => {},
  };
}

function events(): Teller {
  const due = throttle(EVENTS_EVERY);
  return {
    tell(news, { task, model, seed, target }) {
      const run = { task, model, seed };
      if (news.kind === 'begun') emit({ event: 'begun', ...run, target });
      if (news.kind === 'assessing') emit({ event: 'assessing', ...run });
      if (news.kind === 'progress' && due(`${task} ${model} ${seed}`)) {
        const { sequences, meanCost, unit, sequencesPerSecond } = news.progress;
        emit({ event: 'progress', ...run, sequences, ...costFields(meanCost, unit), sequencesPerSecond });
      }
      if (news.kind === 'ended') {
        const { cost, unit, ...learned } = news.learned;
        emit({ event: 'ended', ...run, ...learned, ...costFields(cost, unit) });
      }
    },
    end: () => {},
  };
}

/** Whether it is time again to tell of a name, or is told of anyhow. */
function throttle(every: number): (name: string, anyhow?: boolean) => boolean {
  const last = new Map<string, number>();
  return (name, anyhow = false) => {
    const now = performance.now();
    const due = anyhow || now - (last.get(name) ?? Number.NEGATIVE_INFINITY) >= every;
    if (due) last.set(name, now);
    return due;
  };
}

function sentence(news: News, { name, target }: Told): string {
  const label = name.padEnd(36);
  switch (news.kind) {
    case 'begun':
      return `${label} begins`;
    case 'assessing':
      return `${label} is being measured`;
    case 'progress':
      return `${label} ${progressText(news.progress, target)}`;
    case 'ended': {
      const { stop, sequences, cost, unit, seconds, failure } = news.learned;
      if (stop === 'failed') return `${label} failed: ${failure}`;
      const how = stop === 'finished' ? 'done' : `stopped before ${count(target)}`;
      const told = Number.isNaN(cost) ? '' : `   ${costText(cost, unit)}`;
      return `${label} ${how}   ${count(sequences)} sequences${told}   ${duration(seconds)}`;
    }
  }
}

function progressText({ sequences, meanCost, unit, sequencesPerSecond }: Progress, target: number): string {
  const filled = Math.min(BAR, Math.floor((BAR * sequences) / target));
  const left = (target - sequences) / sequencesPerSecond;
  return [
    '━'.repeat(filled) + '─'.repeat(BAR - filled),
    `${count(sequences)} of ${count(target)}`,
    costText(meanCost, unit),
    `${sequencesPerSecond.toFixed(0)}/s`,
    `${duration(Math.max(0, left))} left`,
  ].join('   ');
}
