import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { episodeOn, inChromium, untilVerdict, verdictOf } from './browser.js';

async function chooseStep(page: Page, step: number): Promise<void> {
  await page.locator('#time').fill(String(step - 1));
  await expect.poll(() => page.locator('.step-text').textContent()).toContain(`step ${step} of`);
}

/** Waits for the fields too, which follow the step. */
async function meddleAt(page: Page, step: number): Promise<void> {
  await chooseStep(page, step);
  await page.getByRole('heading', { name: `Meddle at step ${step}` }).waitFor();
}

inChromium('Look', (open) => {
  it('scrubs through the episode: the memory and every stage of addressing at the chosen step', async () => {
    const page = await open({ hash: 'at.length=6' });
    await episodeOn(page);
    const seen = new Set<string>();
    for (const step of [1, 5, 13]) {
      await chooseStep(page, step);
      await page.getByRole('heading', { name: `The memory after step ${step}` }).waitFor();
      const stages = page.getByRole('region', { name: 'Read head' }).getByRole('listitem');
      expect(await stages.count()).toBe(5);
      seen.add((await stages.allTextContents()).join());
    }
    expect(seen.size).toBe(3);
    await expect.poll(() => new URL(page.url()).hash).toContain('step=12');
    await page.context().close();
  });

  it('tells numbers to the pointer and to the keyboard', async () => {
    const page = await open({ hash: 'at.length=6' });
    await episodeOn(page);
    const input = page.getByRole('application', { name: 'Input over 13 steps' });
    await input.hover({ position: { x: 3, y: 3 } });
    expect(await page.locator('.tip').textContent()).toMatch(/^bit 1, step 1: [01]\.00$/);
    await input.focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowDown');
    expect(await page.locator('#spoken').textContent()).toBe('delimiter, step 7: 1.00');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The memory after step 7' }).waitFor();
    await page.context().close();
  });

  it('shows the episode through nets that learned less, which do worse', async () => {
    const page = await open();
    await episodeOn(page);
    const wrong: number[] = [];
    for (const net of ['Trained', 'Half-trained', 'Untrained']) {
      const before = await page.locator('#verdict').textContent();
      await page.getByRole('radio', { name: net, exact: true }).check();
      if (net !== 'Trained') await expect.poll(() => page.locator('#verdict').textContent()).not.toBe(before);
      wrong.push((await verdictOf(page)).wrong);
    }
    expect(wrong).toEqual([...wrong].sort((a, b) => a - b));
    expect(new Set(wrong).size).toBe(3);
    await page.context().close();
  });
});

inChromium('Play', (open) => {
  it('takes bits of one’s own, which are then wanted and given', async () => {
    const page = await open({ hash: 'at.length=3' });
    await episodeOn(page);
    await page.getByRole('button', { name: 'All off' }).click();
    const bit = page.getByRole('button', { name: 'bit 3, step 2' });
    await expect.poll(() => bit.getAttribute('aria-pressed')).toBe('false');
    await bit.click();
    await expect.poll(() => bit.getAttribute('aria-pressed')).toBe('true');
    const wanted = page.getByRole('application', { name: 'Wanted over 7 steps' });
    await wanted.focus();
    for (let i = 0; i < 5; i++) await page.keyboard.press('ArrowRight');
    for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown');
    expect(await page.locator('#spoken').textContent()).toBe('bit 3, step 6: 1.00');
    await bit.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press(' ');
    await expect
      .poll(() => page.getByRole('button', { name: 'bit 3, step 3' }).getAttribute('aria-pressed'))
      .toBe('true');
    await expect.poll(() => new URL(page.url()).hash).toContain('bits=000000000010000000100000');
    await page.context().close();
  });

  it('goes beyond the lengths of training', async () => {
    const page = await open();
    await episodeOn(page);
    await page.getByLabel(/^length:/).fill('60');
    await expect.poll(() => page.locator('#verdict').textContent()).toContain('60 vectors');
    await page.getByText('beyond the 20 of training').waitFor();
    expect((await verdictOf(page)).wrong).toBeLessThan(10);
    await page.context().close();
  });

  it('breaks the answer where a head is held or the memory wiped, and mends it where that is taken back', async () => {
    const page = await open({ hash: 'at.length=8' });
    await untilVerdict(page, ({ wrong }) => wrong === 0);
    await meddleAt(page, 12);
    await page.getByLabel('Head', { exact: true }).selectOption('read 0');
    await page.getByLabel('For', { exact: true }).selectOption('on');
    await page.getByLabel('Shift, in rows').fill('0');
    await page.getByLabel('Shift, in rows').press('Enter');
    await page.getByRole('button', { name: 'Force the shift' }).click();
    await page.getByLabel('Gate g').fill('0');
    await page.getByRole('button', { name: 'Force the gate' }).click();
    await untilVerdict(page, ({ wrong }) => wrong > 4);
    await expect
      .poll(() => page.locator('.done li').allTextContents())
      .toEqual([
        expect.stringContaining('Read head: shift 0.00 from step 12 on'),
        expect.stringContaining('Read head: gate 0.00 from step 12 on'),
      ]);
    const takeBack = page.getByRole('button', { name: /^Take back/ });
    for (const left of [1, 0]) {
      await takeBack.first().click();
      await expect.poll(() => takeBack.count()).toBe(left);
    }
    await untilVerdict(page, ({ wrong }) => wrong === 0);

    // The row that is written at step 4 is read when the fourth vector is wanted.
    const memoryRow = page.getByLabel('Memory row');
    const before = await memoryRow.inputValue();
    await meddleAt(page, 4);
    await expect.poll(() => memoryRow.inputValue()).not.toBe(before);
    const row = await memoryRow.inputValue();
    await meddleAt(page, 9);
    await expect.poll(() => memoryRow.inputValue()).not.toBe(row);
    await memoryRow.fill(row);
    await memoryRow.press('Enter');
    await page.getByRole('button', { name: 'Set the memory' }).click();
    await untilVerdict(page, ({ wrong }) => wrong > 0);
    await page.context().close();
  });

  it('compares the nets on the same episode', async () => {
    const page = await open();
    await episodeOn(page);
    await page.locator('.card').last().waitFor();
    const wrong = await Promise.all(
      ['trained', 'half', 'untrained'].map(async (net) =>
        Number.parseInt((await page.locator(`[data-net=${net}] .card-verdict`).textContent()) ?? '', 10),
      ),
    );
    expect(wrong[0]).toBe(0);
    expect(wrong[1]).toBeGreaterThan(0);
    expect(wrong[2]).toBeGreaterThan(wrong[1] ?? Number.NaN);
    await page.locator('[data-net=half]').getByRole('button', { name: 'Look at it' }).click();
    await untilVerdict(page, (verdict) => verdict.wrong === wrong[1]);
    await page.context().close();
  });
});
