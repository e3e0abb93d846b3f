import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { interruptible, stopUnread } from './interrupt.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** Longer than the time within which a second signal counts as an echo of the first. */
const LATER = 600;

let exits: unknown[] = [];
let said = '';
beforeEach(() => {
  exits = [];
  said = '';
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    exits.push(code);
    throw new Error('the program has ended');
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Work that ends only when it is told to, and what becomes of it. */
function begin() {
  let end = () => {};
  const aborted = { now: false };
  const done = interruptible('saving', async (signal) => {
    signal.addEventListener('abort', () => {
      aborted.now = true;
    });
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return signal.aborted;
  });
  return { aborted, done, end: () => end() };
}

it.each(signals)('%s stops the work, which may still save', async (signal) => {
  const { aborted, done, end } = begin();
  process.emit(signal);
  expect(aborted.now).toBe(true);
  end();
  expect(await done).toBe(true);
  expect(said).toBe('tapehead: interrupted; saving (once more to quit at once)\n');
  expect(exits).toEqual([]);
  for (const each of signals) expect(process.listeners(each)).not.toContainEqual(expect.any(Function));
});

it.each(signals.flatMap((first) => signals.map((second) => [first, second] as const)))(
  '%s and later %s end the program at once, with code 130',
  async (first, second) => {
    const { done, end } = begin();
    process.emit(first);
    process.emit(second);
    expect(exits, 'an echo of the first').toEqual([]);
    vi.advanceTimersByTime(LATER);
    expect(() => process.emit(second)).toThrow('the program has ended');
    expect(exits).toEqual([130]);
    end();
    await done;
  },
);

it('output that nobody reads stops the work, and is never taken for a second signal', async () => {
  const { aborted, done, end } = begin();
  stopUnread();
  expect(aborted.now).toBe(true);
  vi.advanceTimersByTime(LATER);
  stopUnread();
  expect(exits).toEqual([]);
  end();
  expect(await done).toBe(true);
});

it('output that nobody reads ends a program that has nothing to save', () => {
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  stopUnread();
  expect(kill.mock.calls).toEqual([[process.pid, 'SIGTERM']]);
});
