import { exitCode } from './exit.js';
import { say } from './output.js';

/** Ctrl-C, a polite end, a terminal that is gone, and Ctrl-\\. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** npm passes a terminal's Ctrl-C on to a program that the terminal has told already: one wish within so many ms. */
const ECHO = 500;

/** Stops the work at hand, while there is some. */
let stopWork: ((why: string) => void) | undefined;

/**
 * Runs `work` with a signal that the first SIGINT, SIGTERM, SIGHUP or SIGQUIT aborts, so that it can finish what it has
 * in hand; a second one ends the program at once.
 * @param promise what happens after the first, for people
 */
export async function interruptible<T>(
  promise: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let first = Number.NEGATIVE_INFINITY;
  const stop = (why: string) => {
    if (controller.signal.aborted) return;
    first = performance.now();
    controller.abort();
    say(`tapehead: ${why}; ${promise} (once more to quit at once)`);
  };
  const interrupt = () => {
    if (controller.signal.aborted && performance.now() - first > ECHO) process.exit(exitCode.interrupted);
    stop('interrupted');
  };
  for (const signal of signals) process.on(signal, interrupt);
  stopWork = stop;
  try {
    return await work(controller.signal);
  } finally {
    stopWork = undefined;
    for (const signal of signals) process.off(signal, interrupt);
  }
}

/** Nobody reads the output any more: stops the work at hand, or ends the program where there is none to be saved. */
export function stopUnread(): void {
  if (stopWork === undefined) process.kill(process.pid, 'SIGTERM');
  else stopWork('nobody reads the output');
}
