import { signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { tourSteps } from './tourSteps.js';

/** The sentence of the tour that is shown, from 0; none while there is no tour. */
export const tourAt = signal<number | undefined>(undefined);

function leave(): void {
  tourAt.value = undefined;
  document.getElementById('take-tour')?.focus();
}

/** A few sentences at the lower edge, each with what it speaks of brought into view; to be left at any time. */
export function Tour() {
  const now = tourAt.value;
  const box = useRef<HTMLElement>(null);
  const place = now === undefined ? undefined : tourSteps[now]?.at;

  useLayoutEffect(() => {
    const target = place === undefined ? null : document.querySelector(place);
    if (target === null) return;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    target.classList.add('toured');
    target.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
    return () => target.classList.remove('toured');
  }, [place]);

  useLayoutEffect(() => {
    if (now === 0) box.current?.focus();
  }, [now]);

  // Wherever the focus is: the tour itself sends people to try things.
  const on = now !== undefined;
  useLayoutEffect(() => {
    if (!on) return;
    const leaveByKey = ({ key }: KeyboardEvent): void => {
      if (key === 'Escape') leave();
    };
    document.addEventListener('keydown', leaveByKey);
    return () => document.removeEventListener('keydown', leaveByKey);
  }, [on]);

  if (now === undefined) return null;
  const last = now === tourSteps.length - 1;
  const go = (to: number): void => {
    tourAt.value = to;
  };
  return (
    <aside class="tour" ref={box} tabIndex={-1} aria-label="Tour">
      <p aria-live="polite">{tourSteps[now]?.words}</p>
      <div class="buttons">
        <span class="note">
          {now + 1} of {tourSteps.length}
        </span>
        <button type="button" class="quiet" onClick={leave}>
          {last ? 'Close' : 'Skip'}
        </button>
        <button type="button" class="quiet" disabled={now === 0} onClick={() => go(now - 1)}>
          Back
        </button>
        <button type="button" class="main" onClick={() => (last ? leave() : go(now + 1))}>
          {last ? 'Done' : 'Next'}
        </button>
      </div>
    </aside>
  );
}
