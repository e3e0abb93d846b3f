import { parentPort, workerData } from 'node:worker_threads';
import { useBackend } from '@tapehead/backend';
import { registerScan } from './backend.js';
import { type CompileJob, compileAgain } from './speed/compiling.js';

const job: CompileJob = workerData;
const { release } = await useBackend(job.backend);
await registerScan();
parentPort?.postMessage(compileAgain(job));
release();
