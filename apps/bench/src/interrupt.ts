import { exitCode } from './exit.js';
import { say } from './output.js';

const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs `work` with a signal that the first SIGINT or SIGTERM aborts, so that it can finish what it has in hand; the
 * second ends the program at once.
 */
export async function interruptible<T>(
  promise: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(exitCode.interrupted);
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
