import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { parseHTML } from 'linkedom';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { recipeFor } from '../recipe.js';
import { placeOf } from '../reproduce/folder.js';
import type { evaluationSchema, pointSchema, RunProgress, runSchema } from '../reproduce/format.js';
import { fileNameOf } from './escape.js';
import { writeReport } from './write.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

/** What the files of a run can say in words of their own. */
interface Words {
  task: string;
  command: string;
  commit: string;
  cpu: string;
  platform: string;
  node: string;
  failure: string;
  axis: string;
  unit: string;
  backend: string;
  began: string;
  setting: string;
}

const harmless: Words = {
  task: 'juggling',
  command: 'tapehead reproduce',
  commit: 'abc',
  cpu: 'Abacus',
  platform: 'linux',
  node: '20',
  failure: 'it broke',
  axis: 'balls',
  unit: 'kilograms',
  backend: 'cpu',
  began: '2026-01-01',
  setting: 'x',
};

/** The report of two runs of one task, one of which failed. */
async function reportOn(words: Words) {
  const out = mkdtempSync(join(tmpdir(), 'tapehead-'));
  const recipe = recipeFor('copy', 'ntm-lstm');
  for (const [name, seed, failure] of [
    ['one', 1, undefined],
    ['two', 2, words.failure],
  ] as const) {
    const place = placeOf(out, name);
    mkdirSync(place.folder, { recursive: true });
    const file: z.input<typeof runSchema> = {
      format: 1,
      task: { name: words.task, settings: { setting: words.setting } },
      recipe: { ...recipe, seed },
      parameters: 17_000,
      target: 1000,
      sittings: [
        {
          from: 0,
          began: words.began,
          command: words.command,
          commit: words.commit,
          machine: { cpu: words.cpu, cores: 2, platform: words.platform, node: words.node },
          backend: words.backend,
          engine: 'fused',
          jobs: 2,
        },
      ],
    };
    const progress: RunProgress = { sequences: 1000, seconds: 1, ...(failure !== undefined && { failure }) };
    const points: z.input<typeof pointSchema>[] = [...Array(10).keys()].map((i) => ({
      sequences: 100 * (i + 1),
      bits: 1,
      seconds: i,
    }));
    const measure = { sequences: 100, bitsPerSequence: 1, wrongBits: 4, wrongBitFraction: 0.01 };
    const evaluation: z.input<typeof evaluationSchema> = {
      after: 1000,
      seed: 1,
      trained: measure,
      axes: [
        {
          name: words.axis,
          unit: words.unit,
          trained: { least: 1, most: 2 },
          points: [{ ...measure, at: 4 }],
        },
      ],
    };
    writeFileSync(place.run, JSON.stringify(file));
    writeFileSync(place.progress, JSON.stringify(progress));
    writeFileSync(place.curve, points.map((point) => `${JSON.stringify(point)}\n`).join(''));
    writeFileSync(place.evaluation, JSON.stringify(evaluation));
    writeFileSync(place.picture, '<svg viewBox="0 0 9 9"><script>alert(1)</script></svg>');
  }
  const written = await writeReport(out);
  const html = readFileSync(written.page, 'utf8');
  const pictures = readdirSync(join(out, 'pictures')).map((name) =>
    readFileSync(join(out, 'pictures', name), 'utf8'),
  );
  const files = readdirSync(out).sort();
  rmSync(out, { recursive: true });
  return { page: parseHTML(html).document, html, pictures, files };
}

type Reported = Awaited<ReturnType<typeof reportOn>>;

/** Each element with the names of its attributes, and where it links to. */
function structureOf({ page }: Reported): string[] {
  return [...page.querySelectorAll('*')].map((element) => {
    const names = [...element.attributes].map(({ name }) => name).sort();
    return `${element.localName} ${names.join(' ')} ${element.getAttribute('href') ?? ''}`;
  });
}

const spaced = (text: string) => text.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim();

const nasty = fc.constantFrom(
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  '</svg></style></title><script>',
  '<!-- ',
  '<![CDATA[',
  '&lt;b&gt;&amp;&#60;',
  '[a](javascript:alert(1))',
  '![a](x "y")',
  '**a** _b_ ~~c~~ `d`',
  '```\n</code></pre><script>',
  '|a|b|\n|-|-|',
  '# a\n\n> b\n- c\n1. d\n---\n',
  'https://example.org/ www.example.org a@example.org',
  '../../outside',
  '\\',
  '$x$',
  '\u0000\u0007\u2028\u200b',
);
const text = fc
  .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 12 }), fc.string({ maxLength: 12 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.join(''))
  .filter((made) => spaced(made) !== '');
const words: fc.Arbitrary<Words> = fc.record({
  task: text,
  command: text,
  commit: text,
  cpu: text,
  platform: text,
  node: text,
  failure: text,
  axis: text,
  unit: text,
  backend: text,
  began: text,
  setting: text,
});

it('shows every text of the files as that text, and never as a part of the page', {
  timeout: 120_000,
}, async () => {
  const known = structureOf(await reportOn(harmless));
  await fc.assert(
    fc.asyncProperty(words, async (given) => {
      const reported = await reportOn(given);
      expect(structureOf(reported)).toEqual(known);
      const shown = spaced(reported.page.body.textContent ?? '');
      for (const key of ['task', 'command', 'cpu', 'platform', 'failure', 'axis', 'unit'] as const) {
        expect(shown, key).toContain(spaced(given[key]));
      }
      for (const picture of reported.pictures) {
        if (!picture.includes('alert(1)</script></svg>')) expect(XMLValidator.validate(picture)).toBe(true);
      }
      expect(reported.files).toEqual(['pictures', 'report.html', 'report.md', 'results.json', 'runs']);
    }),
    { numRuns: 200 },
  );
});

it('shows the picture of a memory where no script of it runs', async () => {
  const { html, page } = await reportOn(harmless);
  expect(html).not.toContain('<script>');
  expect(page.querySelectorAll('figure.wide img[src^="data:image/svg+xml;base64,"]')).toHaveLength(1);
});

it('gives different texts different names of files, without a path', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 8 }), (one, other) => {
      expect(fileNameOf(one)).toMatch(/^[A-Za-z0-9-]*$/);
      if (one !== other) expect(fileNameOf(one)).not.toBe(fileNameOf(other));
    }),
  );
});
