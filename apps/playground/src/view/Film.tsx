import { signal } from '@preact/signals';
import type { HeadLook, Look } from '../run/look.js';
import { phase } from '../run/store.js';
import { HeadMark } from './HeadMark.js';
import { headLabel } from './heads.js';
import { greatest, Panel, rowsWorthShowing } from './Panel.js';

/** Which of several heads of a kind is shown. */
export const shownHead = signal(0);

export function headShown(look: Look, kind: HeadLook['kind']): HeadLook | undefined {
  const own = look.heads.filter((head) => head.kind === kind);
  return own[Math.min(shownHead.value, own.length - 1)];
}

/** An episode from its first step to its last: what went in, what came out, and what the heads did meanwhile. */
export function Film({ look }: { look: Look }) {
  const [writer, reader] = [headShown(look, 'write'), headShown(look, 'read')];
  const channel = (names: readonly string[]) => (row: number) => names[row] ?? '';
  const most = greatest(...look.heads.map(({ vector }) => vector));
  const rows = phase.value === 'training' ? undefined : rowsWorthShowing(look);
  return (
    <div class="film">
      <Panel
        title="Input"
        look={look}
        values={look.input}
        size={look.inputChannels.length}
        rowName={channel(look.inputChannels)}
        {...scaleOf(look.input)}
        height="bits"
      />
      <div class="answers">
        <Panel
          title="Wanted"
          look={look}
          values={look.target}
          size={look.outputChannels.length}
          rowName={channel(look.outputChannels)}
          scale="amount"
          height="bits"
        />
        <Panel
          title="Given"
          look={look}
          values={masked(look)}
          size={look.outputChannels.length}
          rowName={channel(look.outputChannels)}
          scale="amount"
          height="bits"
        >
          <WrongMarks look={look} />
        </Panel>
      </div>
      {[writer, reader].map(
        (head) =>
          head && (
            <Panel
              key={head.kind}
              title={`${headLabel(head, look.heads)}: ${head.kind === 'write' ? 'what it adds' : 'what it reads'}`}
              mark={<HeadMark kind={head.kind} />}
              look={look}
              values={head.vector}
              size={look.memoryDim}
              rowName={(row) => `cell ${row + 1}`}
              scale="signed"
              most={most}
              height="vectors"
            />
          ),
      )}
      {[writer, reader].map(
        (head) =>
          head && (
            <Panel
              key={head.kind}
              title={`${headLabel(head, look.heads)}: where it looks`}
              mark={<HeadMark kind={head.kind} />}
              look={look}
              values={head.sharpened}
              size={look.memorySize}
              {...(rows && { rows })}
              rowName={(row) => `row ${row}`}
              scale="amount"
              height="locations"
            />
          ),
      )}
    </div>
  );
}

/** Bits are amounts; the channels of some tasks go below zero, or above one. */
function scaleOf(values: Float32Array): { scale: 'amount' | 'signed'; most: number } {
  return {
    scale: values.some((value) => value < 0) ? 'signed' : 'amount',
    most: Math.max(1, greatest(values)),
  };
}

/** The output where it counts. */
function masked({ output, mask, outputChannels: { length: size } }: Look): Float32Array {
  return output.map((value, i) => value * (mask[Math.floor(i / size)] ?? 0));
}

/** A cross on every wrong bit. */
function WrongMarks({ look }: { look: Look }) {
  const { output, target, mask, steps, outputChannels } = look;
  const size = outputChannels.length;
  const wrong: string[] = [];
  output.forEach((value, i) => {
    const [t, row] = [Math.floor(i / size), i % size];
    if (mask[t] !== 1 || value > 0.5 === (target[i] ?? 0) > 0.5) return;
    wrong.push(`M${t + 0.2} ${row + 0.2}l.6 .6M${t + 0.8} ${row + 0.2}l-.6 .6`);
  });
  return (
    <svg class="wrong" viewBox={`0 0 ${steps} ${size}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={wrong.join('')} />
    </svg>
  );
}
