import { useRef, useState } from 'preact/hooks';
import { say } from '../run/actions.js';
import type { InputBit, OwnInput } from '../run/look.js';
import { at } from '../run/store.js';

interface BitGridProps {
  readonly own: OwnInput;
  readonly onFlip: (draw: number, to: 0 | 1) => void;
}

const moves: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The input as buttons to click on and off; what is no bit of one's own, such as a delimiter, only shows. */
export function BitGrid({ own, onFlip }: BitGridProps) {
  const table = useRef<HTMLTableElement>(null);
  const [focus, setFocus] = useState<readonly [number, number]>([0, 0]);
  const channels = own.channels.length;
  const bits = new Map(own.bits.map((bit) => [bit.step * channels + bit.channel, bit]));
  const [first] = own.bits;
  const reachable = bits.has(focus[0] * channels + focus[1])
    ? focus
    : [first?.step ?? 0, first?.channel ?? 0];
  const steps = 1 + Math.max(0, ...own.bits.map(({ step }) => step));

  const onKeyDown = (event: KeyboardEvent): void => {
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const next = nextBit(bits, channels, reachable, move, steps);
    if (next === undefined) return;
    setFocus([next.step, next.channel]);
    table.current?.querySelector<HTMLButtonElement>(`#bit-${next.step}-${next.channel}`)?.focus();
  };

  const flip = ({ draw, step, channel }: InputBit, on: boolean): void => {
    setFocus([step, channel]);
    onFlip(draw, on ? 0 : 1);
    say(`${own.channels[channel]}, step ${step + 1}: ${on ? 'off' : 'on'}`);
  };

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="bit-scroll" aria-label="Your input, scrolls sideways" tabIndex={0}>
      <table class="bit-grid" ref={table} onKeyDown={onKeyDown}>
        <caption class="visually-hidden">Your input. Arrow keys move, space switches a bit.</caption>
        <tbody>
          {own.channels.map((name, channel) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {Array.from({ length: steps }, (_, step) => {
                const on = (own.input[step * channels + channel] ?? 0) > 0.5;
                const bit = bits.get(step * channels + channel);
                const here = step === at.value ? 'here' : '';
                if (bit === undefined) {
                  return <td key={step} class={`${here} ${on ? 'on' : ''}`} />;
                }
                return (
                  <td key={step} class={here}>
                    <button
                      type="button"
                      id={`bit-${step}-${channel}`}
                      aria-pressed={on}
                      aria-label={`${name}, step ${step + 1}`}
                      tabIndex={step === reachable[0] && channel === reachable[1] ? 0 : -1}
                      onClick={() => flip(bit, on)}
                    />
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The nearest bit in a direction, over cells that are none. */
function nextBit(
  bits: ReadonlyMap<number, InputBit>,
  channels: number,
  [step = 0, channel = 0]: readonly number[],
  [dx, dy]: readonly [number, number],
  steps: number,
): InputBit | undefined {
  for (let x = step + dx, y = channel + dy; x >= 0 && x < steps && y >= 0 && y < channels; x += dx, y += dy) {
    const found = bits.get(x * channels + y);
    if (found !== undefined) return found;
  }
  return undefined;
}
