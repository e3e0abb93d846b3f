import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { parseHTML } from 'linkedom';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import type { ModelName } from '../models.js';
import { recipeFor } from '../recipe.js';
import { nameOf, placeOf } from '../reproduce/folder.js';
import type { evaluationSchema, pointSchema, RunProgress, runSchema } from '../reproduce/format.js';
import { writeReport } from './write.js';

const out = mkdtempSync(join(tmpdir(), 'tapehead-'));

interface Made {
  task?: string;
  model: ModelName;
  seed?: number;
  target?: number;
  trained: number;
  failure?: string;
  optimalBits?: number;
  axis?: [name: string, unit: string, most: number, at: number[]];
  larger?: number[];
}

/** A run whose cost is at each hundred its seed, as it would be stored. */
function store({ task = 'copy', model, seed = 1, target = 2000, trained, ...rest }: Made): void {
  const place = placeOf(out, nameOf({ task, model, seed }));
  mkdirSync(place.folder, { recursive: true });
  const machine = { cpu: 'Abacus', cores: 2, platform: 'linux x64', node: 'v20.19.0' };
  const file: z.input<typeof runSchema> = {
    format: 1,
    task: { name: task, settings: {} },
    recipe: { ...recipeFor(task, model), seed },
    parameters: 17_000,
    target,
    sittings: [
      {
        from: 0,
        began: '2026-01-01T00:00:00Z',
        command: 'tapehead reproduce copy',
        commit: 'abc123',
        machine,
        backend: 'auto',
        engine: 'fused',
        jobs: 2,
      },
    ],
  };
  const progress: RunProgress = {
    sequences: trained,
    seconds: 10,
    ...(rest.failure && { failure: rest.failure }),
  };
  const curve: z.input<typeof pointSchema>[] = Array.from({ length: trained / 100 }, (_, i) => ({
    sequences: 100 * (i + 1),
    bits: seed,
    seconds: i,
  }));
  writeFileSync(place.run, JSON.stringify(file));
  writeFileSync(place.progress, JSON.stringify(progress));
  writeFileSync(place.curve, curve.map((point) => `${JSON.stringify(point)}\n`).join(''));
  if (trained < target || rest.failure) return;
  const measure = { sequences: 100, bitsPerSequence: 134.5, wrongBits: 40, wrongBitFraction: 0.0125 };
  const axes = (rest.axis ? [rest.axis] : []).map(([name, unit, most, at]) => ({
    name,
    unit,
    trained: { least: 1, most },
    points: at.map((each) => ({ ...measure, at: each })),
  }));
  const best = rest.optimalBits === undefined ? {} : { optimalBits: rest.optimalBits };
  const points = (rest.larger ?? []).map((at) => ({ ...measure, bitsPerSequence: seed, at }));
  const tape = { largerTape: { memorySize: 1280, axis: 'length', unit: 'vectors', points } };
  const evaluation: z.input<typeof evaluationSchema> = {
    ...{ after: trained, seed: 1_000_000, trained: measure, ...best, axes },
    ...(rest.larger ? tape : {}),
  };
  writeFileSync(place.evaluation, JSON.stringify(evaluation));
  const picture =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 9"><title id="title">Memory</title></svg>';
  if (model !== 'lstm') writeFileSync(place.picture, picture);
}

const length: Made['axis'] = ['length', 'vectors', 20, [10, 120]];
let page: Document;
let [html, markdown] = ['', ''];

beforeAll(async () => {
  store({ model: 'ntm-feedforward', trained: 2000, axis: length, larger: [500, 1000] });
  store({ model: 'ntm-feedforward', seed: 3, trained: 2000, axis: length, larger: [1000] });
  store({ model: 'ntm-lstm', trained: 1200 });
  store({ model: 'lstm', trained: 300, failure: 'the cost is NaN at sequence 301' });
  store({ task: 'ngrams', model: 'ntm-lstm', trained: 2000, optimalBits: 132.25 });
  const written = await writeReport(out);
  html = readFileSync(written.page, 'utf8');
  markdown = readFileSync(written.markdown, 'utf8');
  page = parseHTML(html).document;
});

/** The rows of the table below a heading, as texts. */
function rowsBelow(heading: string): string[][] {
  const headings = [...page.querySelectorAll('h2, h3')];
  const table = headings.find((each) => each.textContent === heading)?.nextElementSibling;
  return [...(table?.querySelectorAll('tbody tr') ?? [])].map((row) =>
    [...row.children].map((cell) => (cell.textContent ?? '').replaceAll('\u00a0', ' ')),
  );
}

describe('the page', () => {
  it('has a learning curve for each model in one plot, and a band where there are seeds', () => {
    const plot = page.querySelector('svg[aria-label^="Copy: cost"]');
    const strokes = [...(plot?.querySelectorAll('[aria-label="line"]') ?? [])].map((line) =>
      line.querySelector('g')?.getAttribute('stroke'),
    );
    expect(strokes).toEqual(['var(--ntm-feedforward)', 'var(--ntm-lstm)', 'var(--lstm)']);
    expect(plot?.textContent).toContain('NTM, feed-forward');
    const band = plot?.querySelector('[aria-label="area"] [fill="var(--ntm-feedforward)"] path');
    expect(band?.getAttribute('d')?.length).toBeGreaterThan(100);
  });

  it('says which runs ended early, which failed and why, and which are missing', () => {
    const text = page.body.textContent;
    expect(text).toContain('NTM, LSTM, seed 1, stands at 1,200 of 2,000 sequences.');
    expect(text).toContain('LSTM alone, seed 1, failed after 300 sequences: the cost is NaN at sequence 301');
    expect(text).toContain('Not run: NTM, feed-forward and LSTM alone.');
    expect(text).toContain('Not run: repeat copy, associative recall and priority sort.');
  });

  it("has others' numbers beside ours, and says where ours do not go so far", () => {
    const rows = rowsBelow('Copy: learning');
    expect(rows).toContainEqual(['LSTM alone', '100,000', 'not so far yet', '≈ 4.8', 'the paper']);
    const at120 = rowsBelow('Copy: beyond training, by length').find(([, size]) => size === '120');
    expect(at120).toEqual(['NTM, feed-forward', '120', '134.5', '1.3 %', '0 % wrong (reproduction)']);
  });

  it('has what each machine does with a larger tape, and nothing of those that were not measured', () => {
    expect(rowsBelow('Copy: with a larger tape')).toEqual([
      ['NTM, feed-forward', '1,280', '500', '1.00', '1.3 %'],
      ['NTM, feed-forward', '1,280', '1,000', '2.00 (1.00 to 3.00)', '1.3 %'],
    ]);
    expect(markdown).not.toContain('n-grams: with a larger tape');
  });

  it('has the spread of the seeds: the median, the least and the most', () => {
    const [copy] = rowsBelow('At a glance');
    expect(copy).toEqual([
      'Copy: NTM, feed-forward',
      '2.00 (1.00 to 3.00)',
      '≈ 0.1 after 100,000',
      '0 after 5,000',
      'not',
      '134.5',
      '2,000',
      '2',
    ]);
  });

  it('has n-grams beside the optimum', () => {
    expect(rowsBelow('Dynamic n-grams: beside the best possible estimate')).toEqual([
      ['NTM, LSTM', '134.5', '132.3', '2.25'],
    ]);
    expect(page.querySelector('svg[aria-label^="Dynamic"]')?.textContent).toContain('best possible: 132.3');
  });

  it("has our number of parameters beside the paper's", () => {
    const [first] = rowsBelow('Sizes');
    expect(first).toEqual(['Copy: NTM, feed-forward', '1', '100', '17,000', '17,162', '−0.9 %']);
  });

  it('says why, where that can be told, for the models that are there', () => {
    const notes = [...page.querySelectorAll('li')].map(({ textContent }) => textContent);
    expect(notes).toEqual([expect.stringMatching(/^Copy, LSTM alone: with 10 inputs and 9 outputs .*\.$/)]);
  });

  it('needs nothing beside it', () => {
    expect(html).not.toMatch(/(src|href)="(?!https:\/\/arxiv|report\.md|data:image)/);
    expect(html).not.toMatch(/@import|url\((?!#)/);
  });

  it('has each id once', () => {
    const ids = [...page.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names every picture, heads every column and row, and lets wide tables be scrolled by keys', () => {
    const pictures = [...page.querySelectorAll('svg')];
    expect(pictures).toHaveLength(3);
    for (const picture of pictures) expect(picture.getAttribute('aria-label')?.length).toBeGreaterThan(20);
    const images = [...page.querySelectorAll('img')];
    expect(images).toHaveLength(2);
    for (const image of images) expect(image.getAttribute('alt')?.length).toBeGreaterThan(20);
    for (const head of page.querySelectorAll('th')) expect(head.getAttribute('scope')).toMatch(/^(col|row)$/);
    for (const table of page.querySelectorAll('table')) {
      expect(table.parentElement?.getAttribute('tabindex')).toBe('0');
      expect(table.querySelectorAll('tbody tr').length).toBeGreaterThan(0);
    }
  });
});

describe('the Markdown', () => {
  it('has the same sections, and shows pictures that are there and are XML', () => {
    const titles = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title);
    expect([...page.querySelectorAll('h1, h2, h3')].map((each) => each.textContent)).toEqual(titles);
    const shown = [...markdown.matchAll(/\]\(pictures\/(\S+) "/g)].map(([, name]) => name);
    expect(shown.sort()).toEqual(readdirSync(join(out, 'pictures')).sort());
    for (const name of shown) {
      expect(XMLValidator.validate(readFileSync(join(out, 'pictures', name ?? ''), 'utf8'))).toBe(true);
    }
  });
});

describe('the results', () => {
  it('have every run, with what would give it again', () => {
    const { runs } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
    expect(runs).toHaveLength(5);
    expect(runs[2]).toMatchObject({
      task: 'copy',
      model: 'ntm-feedforward',
      seed: 3,
      sequences: 2000,
      sequencesPerSecond: 200,
      solvedAfter: null,
      recipe: { learningRate: 2e-4 },
      sittings: [{ commit: 'abc123' }],
      curve: { window: 100, bits: Array(20).fill(3) },
    });
  });
});
