import { gzipSync } from 'node:zlib';
import type { Response } from 'playwright-core';
import { expect, it } from 'vitest';
import { episodeOn, inChromium, verdictOf } from './browser.js';

inChromium('the first view', (open) => {
  it('shows an episode of a trained net, for which it loads ten scripts at most and no net of another task', async () => {
    const addresses: string[] = [];
    const page = await open({
      before: (page) => page.on('request', (request) => addresses.push(request.url())),
    });
    await episodeOn(page);
    expect(await verdictOf(page)).toEqual({ wrong: 0, bits: expect.closeTo(0, 1) });
    const names = addresses.map((address) => address.replace(/^.*\//, ''));
    const nets = names.filter((name) => name.endsWith('.safetensors'));
    expect(nets.length).toBeGreaterThan(0);
    for (const name of nets) expect(name).toMatch(/^copy-/);
    expect(names.filter((name) => name.endsWith('.js')).length).toBeLessThanOrEqual(10);
    await page.context().close();
  });

  it('loads under 500 kB of JavaScript, gzipped, and nothing from elsewhere', async () => {
    const responses: Response[] = [];
    const page = await open({
      before: (page) => page.on('response', (response) => responses.push(response)),
    });
    await episodeOn(page);
    await page.locator('.card').first().waitFor();
    const hosts = new Set(responses.map((response) => new URL(response.url()).host));
    expect([...hosts]).toEqual([new URL(page.url()).host]);
    const scripts = responses.filter((response) => response.url().endsWith('.js'));
    const sizes = await Promise.all(scripts.map(async (script) => gzipSync(await script.body()).length));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    process.stderr.write(`JavaScript of the first view: ${Math.round(total / 1000)} kB gzipped\n`);
    expect(scripts.length).toBeGreaterThan(1);
    expect(total).toBeLessThan(500_000);
    await page.context().close();
  });

  it('tells the idea in a dozen sentences, one at a time, that can be left', async () => {
    const page = await open();
    await episodeOn(page);
    await page.getByRole('button', { name: 'Take the tour' }).click();
    const tour = page.getByRole('complementary', { name: 'Tour' });
    const sentences = new Set<string | null>();
    for (let i = 0; i < 12; i++) {
      sentences.add(await tour.locator('p').textContent());
      expect(await page.locator('.toured').count(), `what sentence ${i + 1} speaks of`).toBe(1);
      await tour.getByRole('button', { name: i < 11 ? 'Next' : 'Done' }).click();
    }
    expect(sentences.size).toBe(12);
    expect(await tour.count()).toBe(0);
    for (const focus of ['where it began', 'elsewhere']) {
      await page.getByRole('button', { name: 'Take the tour' }).click();
      if (focus === 'elsewhere') await page.locator('#time').focus();
      await page.keyboard.press('Escape');
      expect(await tour.count(), `the tour, left with the focus ${focus}`).toBe(0);
    }
    await page.context().close();
  });
});
