/** How fast training goes: so many updates a second, or as many as there can be. */
export const paces = ['slow', 'walk', 'run', 'full'] as const;
export type Pace = (typeof paces)[number];

/** Milliseconds between two updates. */
const pauses: Record<Pace, number> = { slow: 500, walk: 50, run: 5, full: 0 };

/** A function to await after each update. */
export function createBrake(pace: () => Pace): (signal: AbortSignal) => Promise<void> {
  return (signal) => {
    const pause = pauses[pace()];
    if (pause === 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, pause);
      signal.addEventListener('abort', done, { once: true });
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  };
}
