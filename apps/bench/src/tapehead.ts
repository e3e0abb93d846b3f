#!/usr/bin/env node
import { run } from './run.js';

// Nobody reads on (`tapehead … | head -1`): the same as being asked to stop.
process.stdout.once('error', () => process.kill(process.pid, 'SIGTERM')).on('error', () => {});

process.exitCode = await run(process.argv.slice(2));
