import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, expect, it } from 'vitest';
import { episodeOn, inChromium, untilVerdict } from './browser.js';

const tapehead = fileURLToPath(new URL('../../bench/dist/tapehead.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tapehead-playground-'));
afterAll(() => rmSync(folder, { recursive: true }));

const small = 'size=24&rows=24&columns=8&task.maxLength=4&at.length=4&net=yours';

/** Runs the command line. @returns the last JSON line of stdout */
async function cli(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [tapehead, ...args, '--json']);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

/** The cost of the first episode of seed 1, four vectors long: the one that the page shows. */
async function bitsOf(checkpoint: string): Promise<unknown> {
  const result = await cli(
    'evaluate',
    '--checkpoint',
    checkpoint,
    '--lengths',
    '4',
    '--sequences',
    '1',
    '--seed',
    '1',
  );
  return result.bitsPerSequence;
}

async function downloaded(page: Page, button: string, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ]);
  const path = join(folder, name);
  await download.saveAs(path);
  return path;
}

async function stepsOn(page: Page, steps: number): Promise<void> {
  const sequences = page.locator('#figures dd').first();
  for (let step = 1; step <= steps; step++) {
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => sequences.textContent()).toBe(String(step));
  }
}

inChromium('Keep', (open) => {
  it('takes a checkpoint to the command line and back, with the same answers on both sides', async () => {
    const page = await open({ hash: small });
    await episodeOn(page);
    await stepsOn(page, 5);
    const fromPage = await downloaded(page, 'Download checkpoint', 'page.safetensors');
    const bits = Number(await bitsOf(fromPage));
    // Float32 sums, in another order at most.
    await untilVerdict(page, (verdict) => Math.abs(verdict.bits - bits) < 5e-4);

    const fromCli = join(folder, 'cli.safetensors');
    const done = await cli(
      'train',
      'copy',
      '--resume',
      fromPage,
      '--checkpoint',
      fromCli,
      '--sequences',
      '400',
    );
    expect(done).toMatchObject({ event: 'done', sequences: 400 });
    const trained = await bitsOf(fromCli);
    expect(trained).not.toBeCloseTo(bits, 1);

    await page.getByLabel('Open checkpoint').setInputFiles(fromCli);
    await page.getByText('came from the file cli.safetensors').waitFor();
    await untilVerdict(page, (verdict) => Math.abs(verdict.bits - Number(trained)) < 1e-3);
    expect(await page.locator('#figures dd').first().textContent()).toBe('400');
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => page.locator('#figures dd').first().textContent()).toBe('401');
    await page.context().close();
  });

  it('has the whole run in the link: who opens it gets the same parameters, bit for bit', async () => {
    const files: Buffer[] = [];
    let hash = `${small}&seed=9&do=row3@2=0`;
    for (const name of ['one', 'two']) {
      const page = await open({ hash, permissions: ['clipboard-read', 'clipboard-write'] });
      await episodeOn(page);
      await stepsOn(page, 3);
      files.push(readFileSync(await downloaded(page, 'Download checkpoint', `${name}.safetensors`)));
      await page.getByRole('button', { name: 'Copy the link' }).click();
      await expect.poll(() => page.locator('#spoken').textContent()).toBe('The link is copied.');
      hash = new URL(await page.evaluate('navigator.clipboard.readText()')).hash.slice(1);
      await page.context().close();
    }
    expect(hash).toContain('seed=9');
    expect(files[0]?.equals(files[1] ?? Buffer.of())).toBe(true);
  });

  it('says what is wrong with a file that is no checkpoint, and keeps the run', async () => {
    const page = await open({ hash: small });
    await episodeOn(page);
    await stepsOn(page, 1);
    await page.getByLabel('Open checkpoint').setInputFiles(fileURLToPath(import.meta.url));
    await page.getByRole('alert').getByText('checkpoint').waitFor();
    expect(await page.locator('#figures dd').first().textContent()).toBe('1');
    await page.context().close();
  });

  it('gives the picture as SVG and as PNG', async () => {
    const page = await open();
    await episodeOn(page);
    const svg = readFileSync(await downloaded(page, 'SVG', 'picture.svg'), 'utf8');
    expect(svg).toMatch(/^<svg [^>]*role="img"/);
    expect(svg.match(/class="heatmap"/g)).toHaveLength(6);
    const png = readFileSync(await downloaded(page, 'PNG', 'picture.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    const [width] = [...svg.matchAll(/ width="(\d+)"/g)].map(([, width]) => Number(width));
    expect(png.readUInt32BE(16)).toBe(2 * (width ?? Number.NaN));
    await page.context().close();
  });
});
