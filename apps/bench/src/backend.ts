import { type BackendChoice, useBackend } from '@tapehead/backend';
import { Option } from 'commander';
import { say } from './output.js';

export function backendOption(): Option {
  return new Option('--backend <name>', 'what computes')
    .choices(['auto', 'wasm', 'cpu', 'webgpu'])
    .default('auto');
}

/** Runs `work` on a tfjs backend, having said which and why, and lets go of it afterwards. */
export async function onBackend<T>(choice: BackendChoice, work: () => Promise<T>): Promise<T> {
  const { reason, release } = await useBackend(choice);
  say(`backend ${reason}`);
  try {
    return await work();
  } finally {
    release();
  }
}
