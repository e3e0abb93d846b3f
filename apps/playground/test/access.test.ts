import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { episodeOn, inChromium } from './browser.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds, by rule and place. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => id + ': ' + target.join(' '))))`);
}

const sizes = { narrow: { width: 360, height: 740 }, wide: { width: 1440, height: 900 } };

inChromium('the page for everybody', (open) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it.each(Object.entries(sizes))(
      `has nothing that axe finds, ${colorScheme} and %s`,
      async (_, viewport) => {
        const page = await open({ colorScheme, viewport, hash: 'do=row3@2=0' });
        await episodeOn(page);
        await page.locator('.card').last().waitFor();
        await page.getByText('Sizes, rate, backend').click();
        expect(await violations(page)).toEqual([]);
        await page.getByRole('button', { name: 'Take the tour' }).click();
        await page.getByRole('complementary', { name: 'Tour' }).waitFor();
        expect(await violations(page)).toEqual([]);
        await page.context().close();
      },
    );
  }

  it('has nothing that axe finds where something broke', async () => {
    const page = await open({ hash: 'backend=webgpu&heads=many' });
    await page.getByText("backend 'webgpu' is not there").waitFor();
    expect(await page.getByRole('alert').allTextContents()).toContainEqual(
      expect.stringContaining('heads=many'),
    );
    expect(await violations(page)).toEqual([]);
    await page.context().close();
  });

  it.each([360, 768, 1440, 2560])('fits %d pixels', async (width) => {
    const page = await open({ viewport: { width, height: 900 } });
    await episodeOn(page);
    await page.locator('.card').last().waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
    await page.context().close();
  });

  it('moves nothing by itself where motion is to be reduced', async () => {
    const page = await open({ reducedMotion: 'reduce' });
    await episodeOn(page);
    await page.getByRole('button', { name: 'Take the tour' }).click();
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior')).toBe('auto');
    await page.context().close();
  });

  it('trains, looks and chooses a net by keyboard alone, and says what happens', async () => {
    const page = await open({ hash: 'size=24&rows=24&columns=8' });
    await episodeOn(page);
    const focused = () =>
      page.evaluate<string>('document.activeElement.textContent + document.activeElement.id');
    const tabTo = async (what: string | RegExp): Promise<void> => {
      for (let i = 0; i < 80; i++) {
        await page.keyboard.press('Tab');
        if ((await focused()).match(what)) return;
      }
      expect.unreachable(`${what} cannot be reached by Tab`);
    };
    await tabTo(/^Train/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#spoken').textContent()).toBe('Training.');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#spoken').textContent()).toMatch(/^Paused after \d+ sequences\.$/);
    await tabTo('time');
    const before = await page.locator('.step-text').textContent();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.step-text').textContent()).not.toBe(before);
    expect(await page.locator('#time').getAttribute('aria-valuetext')).toMatch(
      /^step \d+ of \d+, answering$/,
    );
    await page.context().close();
  });
});
