import { expect, it } from 'vitest';
import { episodeOn, inChromium, verdictOf } from './browser.js';

inChromium('Learn', (open) => {
  it('solves copy from scratch within 5,000 sequences, in a worker: the page itself loads no kernels', async () => {
    const page = await open();
    await episodeOn(page);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.locator('#solved').waitFor();
    await expect.poll(async () => (await verdictOf(page)).wrong).toBe(0);
    const solved = /^Solved after ([\d,]+) sequences\.$/;
    await expect.poll(() => page.locator('#spoken').textContent()).toMatch(solved);
    const [, sequences = ''] = solved.exec((await page.locator('#spoken').textContent()) ?? '') ?? [];
    expect(Number(sequences.replaceAll(',', ''))).toBeLessThan(5000);
    // What a thread fetches is in its own list.
    const fetched = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => name)",
    );
    expect(page.workers()).toHaveLength(1);
    expect(fetched.filter((name) => name.endsWith('.wasm'))).toEqual([]);
    await page.context().close();
  });

  it('takes single steps, and trains, pauses and begins anew', async () => {
    const page = await open();
    await episodeOn(page);
    const sequences = page.locator('#figures dd').first();
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => sequences.textContent()).toBe('1');
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => sequences.textContent()).toBe('2');
    await page.getByText('20 a second').click();
    await page.getByRole('button', { name: 'Train on' }).click();
    await expect.poll(async () => Number(await sequences.textContent())).toBeGreaterThan(4);
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => page.locator('#spoken').textContent()).toMatch(/^Paused after /);
    const paused = await sequences.textContent();
    await page.waitForTimeout(300);
    expect(await sequences.textContent()).toBe(paused);
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => sequences.textContent()).toBe('0');
    await page.context().close();
  });

  it('stops where numbers run away, says so, and goes on with a rate that works', async () => {
    const page = await open({ hash: 'rate=1e38' });
    await episodeOn(page);
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    const alert = page.getByRole('alert');
    await alert.getByText('the numbers ran away').waitFor();
    await alert.getByRole('button', { name: 'usual rate' }).click();
    await expect.poll(() => alert.count()).toBe(0);
    await page.getByRole('button', { name: 'Step', exact: true }).click();
    await expect.poll(() => page.locator('#figures dd').first().textContent()).toBe('1');
    // The link follows the settings a moment later.
    await expect.poll(() => new URL(page.url()).hash).not.toContain('rate');
    await page.context().close();
  });

  it('says what to do where a backend is not there', async () => {
    const page = await open({ hash: 'backend=webgpu' });
    const alert = page.getByRole('alert');
    await alert.getByText("backend 'webgpu' is not there").waitFor();
    await alert.getByRole('button', { name: 'on wasm' }).click();
    await episodeOn(page);
    expect(await alert.count()).toBe(0);
    await page.context().close();
  });

  it('learns every task, with either controller and several heads', async () => {
    const page = await open({ hash: 'heads=2&size=30&rows=32' });
    await episodeOn(page);
    for (const task of ['repeat-copy', 'associative-recall', 'ngrams', 'priority-sort', 'copy']) {
      await page.getByLabel('Task', { exact: true }).selectOption(task);
      await page.getByLabel('Controller', { exact: true }).selectOption('lstm');
      await expect.poll(() => page.locator('#figures dd').first().textContent()).toBe('0');
      await page.getByRole('button', { name: 'Step', exact: true }).click();
      await expect.poll(() => page.locator('#figures dd').first().textContent()).toBe('1');
      expect(await page.getByRole('alert').count()).toBe(0);
    }
    await page.context().close();
  });
});

inChromium(
  'Learn on a GPU',
  (open) => {
    it('trains a small net on the webgpu backend', async () => {
      const page = await open({ hash: 'backend=webgpu&size=8&rows=8&columns=4&task.maxLength=4' });
      await episodeOn(page);
      expect(new URL(page.url()).hash).toContain('backend=webgpu');
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      const [sequences, bits] = [0, 1].map((i) => page.locator('#figures dd').nth(i));
      await expect
        .poll(async () => Number(await sequences?.textContent()), { timeout: 60_000 })
        .toBeGreaterThan(2);
      expect(Number(await bits?.textContent())).toBeGreaterThan(0);
      expect(await page.getByRole('alert').count()).toBe(0);
      await page.context().close();
    });
  },
  { webgpu: 'on' },
);
