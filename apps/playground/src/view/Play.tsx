import { changeSpec } from '../run/actions.js';
import type { InputBit, OwnInput } from '../run/look.js';
import { usualSize } from '../run/size.js';
import { lookBelow, ownInput, spec, task } from '../run/store.js';
import { BitGrid } from './BitGrid.js';
import { Compare } from './Compare.js';
import { Meddle } from './Meddle.js';

/** One's own episode through the nets, and what becomes of it when somebody meddles. */
export function PlaySection() {
  const [shown, own] = [lookBelow.value, ownInput.value];
  return (
    <section id="play" class="play" aria-labelledby="play-title">
      <div class="section-head">
        <h2 id="play-title">Play</h2>
      </div>
      {shown && own && (
        <div class="play-grid">
          <div class="play-part wide">
            <h3>Your own input</h3>
            <p class="hint">
              Click bits on and off, and make the episode longer than any the net was trained with.
            </p>
            <Sizes />
            <BitGrid own={own} onFlip={(draw, to) => changeSpec({ bits: bitsOf(own, draw, to) })} />
            <div class="buttons">
              <button type="button" class="quiet" onClick={() => changeSpec({ bits: allBits(own, () => 0) })}>
                All off
              </button>
              <button
                type="button"
                class="quiet"
                onClick={() => changeSpec({ bits: allBits(own, ({ step }) => (step % 2 === 0 ? 1 : 0)) })}
              >
                Stripes
              </button>
              <button
                type="button"
                class="quiet"
                onClick={() => changeSpec({ seed: spec.value.seed + 1, bits: [] })}
              >
                Random
              </button>
            </div>
          </div>
          <Meddle look={shown} />
          <Compare />
        </div>
      )}
    </section>
  );
}

/** How large the episode is, on each axis of the task. */
function Sizes() {
  return (
    <>
      {task.value?.axes.map(({ name, unit, trained, choose }) => {
        const value = spec.value.size[name] ?? usualSize(trained);
        const beyond = value > trained.most;
        return (
          <label key={name} class="slider">
            <span>
              {name}: <strong>{value}</strong> {unit}
              <span class={beyond ? 'beyond' : 'note'}>{trainedText(trained, beyond)}</span>
            </span>
            <input
              type="range"
              min={choose.least}
              max={choose.most}
              value={value}
              onInput={(event) =>
                changeSpec({ size: { ...spec.value.size, [name]: Number(event.currentTarget.value) } })
              }
            />
          </label>
        );
      })}
    </>
  );
}

function trainedText({ least, most }: { least: number; most: number }, beyond: boolean): string {
  if (beyond) return `, beyond the ${most} of training`;
  return least === most ? `, trained with ${most}` : `, trained with ${least} to ${most}`;
}

/** The bits that the task is to be told: those of now, one of them changed. */
function bitsOf(own: OwnInput, draw: number, to: 0 | 1): (0 | 1)[] {
  const bits = allBits(own, ({ step, channel }) =>
    (own.input[step * own.channels.length + channel] ?? 0) > 0.5 ? 1 : 0,
  );
  bits[draw] = to;
  return bits;
}

function allBits({ bits: all }: OwnInput, value: (bit: InputBit) => 0 | 1): (0 | 1)[] {
  const bits: (0 | 1)[] = new Array(1 + Math.max(-1, ...all.map(({ draw }) => draw))).fill(0);
  for (const bit of all) bits[bit.draw] = value(bit);
  return bits;
}
