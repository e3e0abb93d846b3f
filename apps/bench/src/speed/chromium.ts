import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { getBackend } from '@tensorflow/tfjs-core';
import { chromium as playwright } from 'playwright-core';
import { build, preview } from 'vite';
import { folder } from '../folder.js';
import type { Opponent } from './opponent.js';

const root = fileURLToPath(new URL('page/', folder));
const quiet = { root, configFile: false, logLevel: 'error' } as const;
/** Without isolation, Chromium's clock ticks every 100 µs. */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * The same code, bundled by Vite, in a page.
 * @throws Error that says how to get Chromium, where there is none
 */
export async function chromium(): Promise<Opponent> {
  const executablePath = findChromium();
  await build({ ...quiet, build: { chunkSizeWarningLimit: 5000, outDir: 'dist' } });
  const server = await preview({ ...quiet, build: { outDir: 'dist' }, preview: { port: 0, headers } });
  const browser = await playwright.launch({ executablePath, args: ['--no-sandbox', '--disable-quic'] });
  return {
    async enter(work) {
      const page = await browser.newPage();
      await page.goto(server.resolvedUrls?.local[0] ?? '');
      await page.evaluate(`globalThis.prepare(${JSON.stringify(work)}, '${getBackend()}')`);
      return [
        {
          name: `Chromium ${browser.version()}`,
          times: (pass, span) =>
            page.evaluate<number[]>(`globalThis.timesOf('${pass}', ${JSON.stringify(span)})`),
          end: () => page.close(),
        },
      ];
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

function findChromium(): string {
  const file = process.env.CHROMIUM ?? '/usr/bin/chromium';
  if (existsSync(file)) return file;
  throw new Error(
    `--against chromium: expected Chromium at ${file}, found none; install it (Debian: apt install chromium), ` +
      'or say where it is: CHROMIUM=/path/to/chromium',
  );
}
