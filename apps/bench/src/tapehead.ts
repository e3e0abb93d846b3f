#!/usr/bin/env node
import { stopUnread } from './interrupt.js';
import { run } from './run.js';

// Nobody reads on (`tapehead … | head -1`), or the terminal is gone.
process.stdout.once('error', stopUnread).on('error', () => {});
// Talk that nobody hears is no reason to end before all is saved.
process.stderr.on('error', () => {});

process.exitCode = await run(process.argv.slice(2));
