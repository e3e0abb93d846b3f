import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

/** How pages are built and served. */
export interface Serving {
  /** Default true. */
  readonly minify?: boolean;
  /** HTTP headers of each answer. */
  readonly headers?: Record<string, string>;
}

/**
 * Bundles pages of a project with Vite, serves them and opens each in Chromium.
 * @returns what each page's `globalThis.answer` resolves to
 * @throws Error with the page's own message, where it fails
 */
export async function answersOf(
  folder: string,
  pages: readonly string[],
  executablePath: string,
  { minify = true, headers = {} }: Serving = {},
) {
  const quiet = { root: folder, configFile: false, logLevel: 'warn' } as const;
  const input = pages.map((page) => join(folder, page));
  await build({ ...quiet, build: { minify, rolldownOptions: { input }, chunkSizeWarningLimit: 5000 } });
  const server = await preview({ ...quiet, preview: { port: 0, headers } });
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    const answers: unknown[] = [];
    for (const name of pages) {
      const page = await browser.newPage();
      await page.goto(new URL(name, server.resolvedUrls?.local[0]).href);
      answers.push(await page.evaluate('globalThis.answer'));
      await page.close();
    }
    return answers;
  } finally {
    await browser.close();
    await server.close();
  }
}

const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A software adapter will do.
  '--enable-unsafe-webgpu',
  '--enable-unsafe-swiftshader',
];

/** A page that runs a module; its answer is what the module prints. */
export function pageOf(module: string): string {
  return `<!doctype html><script type="module">
    const printed = [];
    console.log = (...values) => printed.push(values.join(' ') + '\\n');
    globalThis.answer = import('${module}').then(() => printed.join(''));
  </script>`;
}
