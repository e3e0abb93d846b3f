import { exitCode } from './exit.js';
import { say } from './output.js';

const signals = ['SIGINT', 'SIGTERM'] as const;
/** npm passes a terminal's Ctrl-C on to a program that the terminal has told already: one wish within so many ms. */
const ECHO = 500;

/**
 * Runs `work` with a signal that the first SIGINT or SIGTERM aborts, so that it can finish what it has in hand; the
 * second ends the program at once.
 */
export async function interruptible<T>(
  promise: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let first = Number.NEGATIVE_INFINITY;
  const stop = () => {
    if (controller.signal.aborted) {
      if (performance.now() - first > ECHO) process.exit(exitCode.interrupted);
      return;
    }
    first = performance.now();
    controller.abort();
    say(`\ntapehead: interrupted; ${promise} (once more to quit at once)`);
  };
  for (const signal of signals) process.on(signal, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
