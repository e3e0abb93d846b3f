import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const file = process.env.CHROMIUM ?? '/usr/bin/chromium';
const reason = 'no Chromium at $CHROMIUM or /usr/bin/chromium';
const args = ['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'];
/** A software adapter will do. */
const withGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export interface OpenOptions extends BrowserContextOptions {
  /** What follows the `#` of the address. */
  readonly hash?: string;
  /** Called before the page loads. */
  readonly before?: (page: Page) => Promise<unknown> | unknown;
}

/** Opens the built page anew: an empty cache, no memory of earlier visits. */
export type Open = (options?: OpenOptions) => Promise<Page>;

/** Declares tests of the built page in Chromium; where there is none, one that says so, and fails in CI. */
export function inChromium(
  name: string,
  tests: (open: Open) => void,
  { webgpu = 'off' }: { webgpu?: 'off' | 'on' } = {},
): void {
  if (!existsSync(file)) {
    process.stderr.write(`Skipped: ${name} (${reason})\n`);
    it.skipIf(!process.env.CI)(`${name} (${reason})`, () => {
      expect.unreachable(`${reason}, and CI skips nothing`);
    });
    return;
  }
  describe(name, () => {
    let [browser, server]: [Browser | undefined, PreviewServer | undefined] = [undefined, undefined];

    beforeAll(async () => {
      server = await preview({ root, logLevel: 'warn', preview: { port: 0 } });
      browser = await chromium.launch({
        executablePath: file,
        args: webgpu === 'on' ? [...args, ...withGpu] : args,
      });
    });
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });

    tests(async ({ hash = '', before, ...options } = {}) => {
      const url = server?.resolvedUrls?.local[0];
      if (browser === undefined || url === undefined) throw new Error('the page is not served');
      const context = await browser.newContext({ acceptDownloads: true, ...options });
      const page = await context.newPage();
      page.on('pageerror', (error) => {
        throw error;
      });
      await before?.(page);
      await page.goto(`${url}#${hash}`);
      return page;
    });
  });
}

/** Waits for the first episode. */
export async function episodeOn(page: Page): Promise<void> {
  await page.locator('#verdict').waitFor();
}

/** What Look says: wrong bits, and the cost of the episode in bits. */
export async function verdictOf(page: Page): Promise<{ wrong: number; bits: number }> {
  const verdict = page.locator('#verdict');
  const [wrong, bits] = [await verdict.getAttribute('data-wrong'), await verdict.getAttribute('data-bits')];
  return { wrong: Number(wrong ?? Number.NaN), bits: Number(bits ?? Number.NaN) };
}

/** Waits until Look says so, or fails with what it says instead. */
export async function untilVerdict(
  page: Page,
  holds: (verdict: { wrong: number; bits: number }) => boolean,
): Promise<void> {
  await expect.poll(async () => holds(await verdictOf(page))).toBe(true);
}
