import { checkInteger, checkOptions } from '@tapehead/core';
import { checkViewed } from './checkEpisode.js';
import { type Episode, scoredBits } from './episode.js';
import { answers, wrongBits } from './wrong.js';

const [ONE, ZERO, WRONG] = ['█', '·', '×'];
/** From −1 to 1. */
const LEVELS = '▁▂▃▄▅▆▇█';
/** Spaces between columns of text. */
const GAP = 2;

/**
 * An episode as text for a terminal: the wanted bits beside the given ones, time from left to right, one row a
 * channel, only the steps that count; above them the input, where the title does not say it all. What is longer than a
 * line goes on in further blocks below.
 * @param logits the net's `[steps, outputSize]`, row-major; without them only what is wanted is shown
 * @param options `columns`: the width to stay within. Default 80
 * @throws TapeheadError `shape` for another number of logits; `argument` or `range` for an episode or a width that makes no sense
 */
export function episodeText(
  episode: Episode,
  logits?: ArrayLike<number>,
  options: { columns?: number } = {},
): string {
  checkViewed('episode', episode);
  checkOptions('episodeText', options, ['columns']);
  const { columns = 80 } = options;
  checkInteger('columns', columns);
  const input = episode.view.text === 'input and answer' ? inputBlocks(episode, columns) : [];
  return [head(episode, logits), ...input, ...answerBlocks(episode, logits, columns)].join('\n\n');
}

function head(episode: Episode, logits: ArrayLike<number> | undefined): string {
  const parts = [episode.view.title];
  if (logits !== undefined) {
    const [wrong = 0] = wrongBits(logits, [episode]);
    parts.push(`${wrong} of ${scoredBits(episode)} bits wrong`);
  }
  parts.push(`${ONE} 1  ${ZERO} 0${logits === undefined ? '' : `  ${WRONG} wrong`}`);
  return parts.join('   ');
}
/** What stands under a title: a character for each row and step. */
interface Panel {
  title: string;
  cell: (row: number, t: number) => string;
}

/** The input up to where it falls silent. */
function inputBlocks({ input, inputSize, steps, view }: Episode, columns: number): string[] {
  const given = stepsWhere(steps, (t) => input.subarray(t * inputSize).some((value) => value !== 0));
  const cell: Panel['cell'] = (channel, t) => cellText(input[t * inputSize + channel] ?? 0);
  return blocks(view.inputChannels, [{ title: 'input', cell }], given, columns);
}

/** What is wanted beside what is given; of a single channel, above it. */
function answerBlocks(episode: Episode, logits: ArrayLike<number> | undefined, columns: number): string[] {
  const { target, outputSize, view } = episode;
  const scored = stepsWhere(episode.steps, (t) => (episode.mask[t] ?? 0) > 0);
  const wanted: Panel['cell'] = (channel, t) => cellText(target[t * outputSize + channel] ?? 0);
  const given: Panel['cell'] = (channel, t) => {
    const i = t * outputSize + channel;
    return answers(logits?.[i] ?? Number.NaN, target[i] ?? 0) ? wanted(channel, t) : WRONG;
  };
  const panels: Panel[] = [{ title: 'wanted', cell: wanted }];
  if (logits !== undefined) panels.push({ title: 'given', cell: given });
  const [title = '', ...more] = view.outputChannels;
  if (more.length > 0) return blocks(view.outputChannels, panels, scored, columns);
  const rows = panels.map((panel) => panel.title);
  return blocks(rows, [{ title, cell: (row, t) => panels[row]?.cell(0, t) ?? '' }], scored, columns);
}

function stepsWhere(steps: number, holds: (t: number) => boolean): number[] {
  return Array.from({ length: steps }, (_, t) => t).filter(holds);
}

/** Panels side by side, one row a label, and below them what did not fit. */
function blocks(
  labels: readonly string[],
  panels: readonly Panel[],
  steps: readonly number[],
  columns: number,
): string[] {
  const margin = Math.max(0, ...labels.map((label) => label.length)) + GAP;
  const widest = Math.max(...panels.map(({ title }) => title.length));
  const room = Math.floor((columns - margin - GAP * (panels.length - 1)) / panels.length);
  const span = Math.max(widest, room);
  return Array.from({ length: Math.ceil(steps.length / span) }, (_, i) =>
    block(labels, panels, steps.slice(i * span, (i + 1) * span), margin),
  );
}

function block(
  labels: readonly string[],
  panels: readonly Panel[],
  steps: readonly number[],
  margin: number,
): string {
  const line = (label: string, textOf: (panel: Panel) => string): string => {
    const texts = panels.map((panel) => textOf(panel).padEnd(Math.max(panel.title.length, steps.length)));
    return (label.padEnd(margin) + texts.join(' '.repeat(GAP))).trimEnd();
  };
  const head = line('', ({ title }) => title);
  const rows = labels.map((label, row) => line(label, ({ cell }) => steps.map((t) => cell(row, t)).join('')));
  return [head, ...rows].join('\n');
}

/** Bits as such; of other numbers, from −1 to 1, how high they are. */
function cellText(value: number): string {
  if (value === 0) return ZERO;
  if (value === 1) return ONE;
  const level = Math.floor(((value + 1) / 2) * LEVELS.length);
  return LEVELS.at(Math.min(Math.max(level, 0), LEVELS.length - 1)) ?? ONE;
}
