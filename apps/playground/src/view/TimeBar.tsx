import { useEffect, useState } from 'preact/hooks';
import type { Look } from '../run/look.js';
import { at, step } from '../run/store.js';

/** Steps a second when an episode is played. */
const RATE = 8;

/** Goes through the episode: a slider, single steps, or by itself. */
export function TimeBar({ look }: { look: Look }) {
  const [playing, setPlaying] = useState(false);
  const last = look.steps - 1;

  useEffect(() => {
    if (!playing) return;
    const timer = setInterval(() => {
      if (at.value >= last) setPlaying(false);
      else step.value = at.value + 1;
    }, 1000 / RATE);
    return () => clearInterval(timer);
  }, [playing, last]);

  const go = (to: number): void => {
    setPlaying(false);
    step.value = Math.min(last, Math.max(0, to));
  };
  const play = (): void => {
    if (!playing && at.value >= last) step.value = 0;
    setPlaying(!playing);
  };
  const doing = look.mask[at.value] === 1 ? 'answering' : 'listening';
  return (
    <div class="time-bar">
      <button type="button" class="quiet" onClick={play}>
        {playing ? 'Stop' : 'Play'}
      </button>
      <button type="button" class="quiet" aria-label="One step back" onClick={() => go(at.value - 1)}>
        ‹
      </button>
      <label>
        <span class="visually-hidden">Time step</span>
        <input
          type="range"
          id="time"
          min={0}
          max={last}
          value={at.value}
          aria-valuetext={`step ${at.value + 1} of ${look.steps}, ${doing}`}
          onInput={(event) => go(Number(event.currentTarget.value))}
        />
      </label>
      <button type="button" class="quiet" aria-label="One step on" onClick={() => go(at.value + 1)}>
        ›
      </button>
      <output class="step-text" for="time">
        step {at.value + 1} of {look.steps}, {doing}
      </output>
    </div>
  );
}
