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

/** What a test does in a page. */
export interface Visit {
  /** Is clicked when the page has loaded. */
  readonly click: string;
  /** Whose text is read. */
  readonly read: string;
  /** What that text is waited for to be. */
  readonly until: RegExp;
}

/**
 * Serves the built pages of a project and opens one in Chromium.
 * @returns the text that was waited for
 * @throws Error with the page's own errors, where there are any, and where the text does not come within two minutes
 */
export async function textIn(
  folder: string,
  name: string,
  executablePath: string,
  { click, read, until }: Visit,
): Promise<string> {
  const server = await preview({ root: folder, configFile: false, logLevel: 'warn', preview: { port: 0 } });
  const browser = await chromium.launch({ executablePath, args: flags });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(new URL(name, server.resolvedUrls?.local[0]).href);
    await page.click(click);
    const wanted = page.locator(read).filter({ hasText: until });
    await wanted.waitFor({ timeout: 120_000 }).catch((cause: unknown) => {
      throw new Error(`${name}: ${errors.join('; ') || `no text ${until} in ${read}`}`, { cause });
    });
    if (errors.length > 0) throw new Error(`${name}: ${errors.join('; ')}`);
    return (await wanted.textContent()) ?? '';
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
