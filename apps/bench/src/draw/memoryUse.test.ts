import { XMLValidator } from 'fast-xml-parser';
import { expect, it } from 'vitest';
import { drawMemoryUse, type MemoryUse } from './memoryUse.js';
import { pngOf } from './png.js';

const steps = 5;

function series(size: number) {
  return { values: Float32Array.from({ length: steps * size }, (_, i) => Math.sin(i)), steps, size };
}

function use(readers: number, writers: number): MemoryUse {
  const each = (heads: number, size: number) => Array.from({ length: heads }, () => series(size));
  return {
    title: 'A <net> & its "tape"',
    subtitle: 'none',
    inputs: series(4),
    outputs: series(3),
    answerFrom: 3,
    adds: each(writers, 6),
    reads: each(readers, 6),
    writeWeightings: each(writers, 12),
    readWeightings: each(readers, 12),
  };
}

it('is a well-formed document that tells what it shows', () => {
  const svg = drawMemoryUse(use(1, 1));
  expect(XMLValidator.validate(svg)).toBe(true);
  expect(svg).toContain('<title id="title">A &lt;net&gt; &amp; its &quot;tape&quot;</title>');
  expect(svg).toMatch(/<desc id="description">.*write weightings/);
});

it.each([
  [1, 1, 6],
  [2, 1, 8],
  [3, 3, 14],
])('has a heatmap for each of %d read and %d write heads: %d in all', (readers, writers, panels) => {
  const svg = drawMemoryUse(use(readers, writers));
  expect(svg.match(/class="heatmap"/g)).toHaveLength(panels);
  expect(svg.match(/>Read weightings/g)).toHaveLength(readers);
  expect(svg.match(/>Adds/g)).toHaveLength(writers);
});

it('becomes a PNG of twice its size, with its words drawn on a machine without fonts', () => {
  const [words, none] = ['A title', ''].map((title) => pngOf(drawMemoryUse({ ...use(1, 1), title })));
  expect(
    Buffer.from(words ?? [])
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  expect(words?.length).toBeGreaterThan((none?.length ?? 0) + 500);
});

it('says what inputs that are no bits mean, and nothing of bits', () => {
  const bits = { values: Float32Array.of(0, 1, 1, 0, 1), steps, size: 1 };
  const priorities = { values: Float32Array.of(0, 1, -0.25, 0, 1.5), steps, size: 1 };
  expect(drawMemoryUse({ ...use(1, 1), inputs: bits })).toContain('>Inputs<');
  expect(drawMemoryUse({ ...use(1, 1), inputs: priorities })).toContain('>Inputs, −1.50 to 1.50<');
});
