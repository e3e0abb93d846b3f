import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import { say } from './output.js';
import { canRedraw, columnsOf, linesOf, openScreen, type Terminal } from './terminal.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const sizes = [undefined, 0, -1, Number.NaN, 1, 40, 80, 65_535, Number.POSITIVE_INFINITY];

afterEach(() => vi.unstubAllEnvs());

it('a terminal without a size has the usual one', () => {
  expect(sizes.map((columns) => columnsOf({ ...(columns !== undefined && { columns }) }))).toEqual([
    80, 80, 80, 80, 1, 40, 80, 65_535, 80,
  ]);
  expect(columnsOf({ columns: 0 }, 100)).toBe(100);
});

it('lines are drawn over each other only on a terminal that knows its size', () => {
  vi.stubEnv('TERM', 'xterm');
  expect(canRedraw({ isTTY: true, columns: 80 })).toBe(true);
  expect(canRedraw({ isTTY: true, columns: 0 })).toBe(false);
  expect(canRedraw({ columns: 80 })).toBe(false);
  vi.stubEnv('TERM', 'dumb');
  expect(canRedraw({ isTTY: true, columns: 80 })).toBe(false);
});

function fake(size: Omit<Terminal, 'isTTY'>) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, ...size });
  const written = () => String(stream.read() ?? '');
  return { stream, written };
}

it.each(sizes)('a screen of %s columns and rows draws a few characters, not without end', (size) => {
  const terminal = fake(size === undefined ? {} : { columns: size, rows: size });
  const screen = openScreen(terminal.stream);
  for (let i = 0; i < 10; i++) screen.draw(`${i} sequences   1.234 bits`);
  screen.keep('kept');
  screen.end();
  expect(terminal.written().length).toBeLessThan(4000);
});

it('a terminal may lose its size while lines are drawn', () => {
  const { stream, written } = fake({ columns: 80, rows: 24 });
  const screen = openScreen(stream);
  screen.draw('one');
  Object.assign(stream, { columns: 0, rows: 0 });
  screen.draw('two');
  screen.end();
  expect(written()).toMatch(/one.*two/s);
});

it('what is said meanwhile stays above the lines', () => {
  const { stream, written } = fake({ columns: 80, rows: 24 });
  const screen = openScreen(stream);
  screen.draw('one');
  say('said');
  screen.draw('two');
  screen.end();
  const text = written();
  expect(text).toMatch(/one.*said.*one.*two/s);
  // From `said` on, only the two lines of `one` are erased: its own, and the empty one below.
  const after = text.slice(text.indexOf('said'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal is told by control characters
  expect(after.match(/\x1b\[2K/g)).toHaveLength(2);
});

it('parts fill lines in order, and no line is wider than asked unless one part is', () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 8 });
  fc.assert(
    fc.property(words, fc.integer({ min: 0, max: 60 }), (parts, columns) => {
      const lines = linesOf(parts, columns);
      expect(lines.join('   ')).toBe(parts.join('   '));
      for (const line of lines) expect(line.length <= columns || parts.includes(line)).toBe(true);
    }),
  );
});
