import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { program } from './program.js';

/** `script` of util-linux runs a program on a terminal of its own; the one of other systems takes other flags. */
export const hasTerminal = String(spawnSync('script', ['--version']).stdout ?? '').includes('util-linux');

export interface Shown {
  code: number | null;
  /** What the terminal was told. */
  shown: string;
}

/**
 * Runs the built program on a terminal of `columns` columns; 0 if its size is unknown. `during` may act when
 * something was shown that matches `once`; it gets the process that holds the terminal.
 */
export function runOnTerminal(
  cwd: string,
  columns: number,
  args: string[],
  during?: { once: RegExp; act: (terminal: ChildProcess) => void },
): Promise<Shown> {
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
  const terminal = spawn('script', ['-qec', `stty cols ${columns} rows 24; exec ${words}`, '/dev/null'], {
    cwd,
    env: { ...process.env, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [shown, acted] = ['', false];
  terminal.stdout.on('data', (text) => {
    shown += String(text);
    if (acted || during === undefined || !during.once.test(shown)) return;
    acted = true;
    during.act(terminal);
  });
  return new Promise((resolve) => terminal.on('close', (code) => resolve({ code, shown })));
}
