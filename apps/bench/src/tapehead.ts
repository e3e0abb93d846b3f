#!/usr/bin/env node
import { stopUnread } from './interrupt.js';
import { run } from './run.js';

// Nobody reads stdout any more (`tapehead … | head -1`), or the terminal is closed.
process.stdout.once('error', stopUnread).on('error', () => {});
// A failed write to stderr must not end the program before it saves.
process.stderr.on('error', () => {});

process.exitCode = await run(process.argv.slice(2));
