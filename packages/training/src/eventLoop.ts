/**
 * A function to await often: every `budget` milliseconds it lets the event loop run (clicks, paints, signals), and
 * otherwise costs a look at the clock.
 */
export function createBreather(budget: number): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < budget) return;
    await nextTask();
    last = performance.now();
  };
}

/** Browsers slow nested timers down to 4 ms; a message port is not a timer. */
function nextTask(): Promise<void> {
  if (typeof setImmediate === 'function') return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
