import { existsSync } from 'node:fs';

/** Where Chromium is: `$CHROMIUM`, or where Debian puts it; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const file = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return existsSync(file) ? file : undefined;
}
