import { checkInteger } from '@tapehead/check';
import { type Episode, scoredBits } from './episode.js';
import { answers, wrongBits } from './wrong.js';

const [ONE, ZERO, WRONG] = ['█', '·', '×'];

/**
 * An episode as text for a terminal: the wanted bits beside the given ones, time from left to right, one row a
 * channel, only the steps that count. Longer answers go on in further blocks below.
 * @param logits the net's `[steps, outputSize]`, row-major
 * @param columns the width to stay within
 * @throws TapeheadError `shape` for another number of logits
 */
export function episodeText(
  episode: Episode,
  logits: ArrayLike<number>,
  { columns = 80 }: { columns?: number } = {},
): string {
  checkInteger('columns', columns);
  const [wrong = 0] = wrongBits(logits, [episode]);
  const head = `${episode.view.title}   ${wrong} of ${scoredBits(episode)} bits wrong   ${ONE} 1  ${ZERO} 0  ${WRONG} wrong`;
  const labels = episode.view.outputChannels;
  const margin = Math.max(0, ...labels.map((label) => label.length)) + 2;
  const steps = Array.from(episode.mask.keys()).filter((t) => episode.mask[t] === 1);
  const span = Math.max('wanted'.length, Math.floor((columns - margin - 2) / 2));
  const blocks: string[] = [];
  for (let from = 0; from < steps.length; from += span) {
    blocks.push(block(episode, logits, steps.slice(from, from + span), margin));
  }
  return [head, ...blocks].join('\n\n');
}

function block(
  episode: Episode,
  logits: ArrayLike<number>,
  steps: readonly number[],
  margin: number,
): string {
  const width = Math.max('wanted'.length, steps.length);
  const head = `${' '.repeat(margin)}${'wanted'.padEnd(width)}  given`;
  const rows = episode.view.outputChannels.map((label, channel) => {
    const cells = steps.map((t) => t * episode.outputSize + channel);
    const wanted = cells.map((i) => bitText(episode.target[i] ?? 0));
    const given = cells.map((i) => {
      const bit = episode.target[i] ?? 0;
      return answers(logits[i] ?? Number.NaN, bit) ? bitText(bit) : WRONG;
    });
    return `${label.padEnd(margin)}${wanted.join('').padEnd(width)}  ${given.join('')}`;
  });
  return [head, ...rows].join('\n');
}

function bitText(bit: number): string {
  return bit > 0.5 ? ONE : ZERO;
}
