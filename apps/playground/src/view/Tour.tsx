import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { tourSteps } from './tourSteps.js';

/** The sentence of the tour that is shown, from 0; none while there is no tour. */
export const tourAt = signal<number | undefined>(undefined);

/** A few sentences at the lower edge, each with what it speaks of brought into view; to be left at any time. */
export function Tour() {
  const now = tourAt.value;
  const box = useRef<HTMLElement>(null);
  const place = now === undefined ? undefined : tourSteps[now]?.at;

  useEffect(() => {
    const target = place === undefined ? null : document.querySelector(place);
    if (target === null) return;
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    target.classList.add('toured');
    target.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
    return () => target.classList.remove('toured');
  }, [place]);

  useEffect(() => {
    if (now === 0) box.current?.focus();
  }, [now]);

  if (now === undefined) return null;
  const last = now === tourSteps.length - 1;
  const go = (to: number): void => {
    tourAt.value = to;
  };
  const leave = (): void => {
    tourAt.value = undefined;
    document.getElementById('take-tour')?.focus();
  };
  return (
    <aside
      class="tour"
      ref={box}
      tabIndex={-1}
      aria-label="Tour"
      onKeyDown={(event) => {
        if (event.key === 'Escape') leave();
      }}
    >
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
