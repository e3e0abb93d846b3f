import { setFlagsFromString } from 'node:v8';
import { type BackendChoice, useBackend } from '@tapehead/backend';
import type { Engine } from '@tapehead/ntm';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { registerFused as registerScanKernels } from '@tapehead/scan/fused';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { Option } from 'commander';
import { say } from './output.js';

/** What computes, and how. */
export interface ComputeFlags {
  backend: BackendChoice;
  engine: Engine;
}

/** What tells how large the work is; more threads than one share it on a CPU. */
interface WorkFlags {
  threads?: number;
  batch?: number | number[];
}

export function computeOptions(): Option[] {
  return [
    new Option('--backend <name>', 'what computes')
      .choices(['auto', 'wasm', 'cpu', 'webgpu'])
      .default('auto'),
    new Option('--engine <name>', 'fused: one kernel call a sequence; reference: the equations as tfjs ops')
      .choices(['auto', 'fused', 'reference'])
      .default('auto'),
  ];
}

/** Where the engine has no SIMD, `auto` goes on without kernels and `fused` does not. */
export async function registerKernels(engine: Engine): Promise<void> {
  turnOnRelaxedSimd();
  try {
    await Promise.all([registerSequence(), registerOptimizer()]);
  } catch (error) {
    if (engine === 'fused') throw error;
  }
}

/** The kernels of scan, for the model of a module. */
export async function registerForModels(engine: Engine): Promise<void> {
  if (engine === 'reference') return;
  try {
    await registerScan();
  } catch (error) {
    if (engine === 'fused') throw error;
  }
}

/** @throws TapeheadError `backend` where the engine has no SIMD */
export async function registerScan(): Promise<void> {
  turnOnRelaxedSimd();
  await registerScanKernels();
}

/** Node 20 has the fused multiply-add of relaxed SIMD behind a flag; from 22 on it is there. */
function turnOnRelaxedSimd(): void {
  const [major = '0'] = process.versions.node.split('.');
  if (Number(major) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
}

/** Runs `work` on a tfjs backend, having said which and why, and lets go of it afterwards. */
export async function onBackend<T>(
  { backend, engine, threads = 1, batch = 1 }: ComputeFlags & WorkFlags,
  work: () => Promise<T>,
): Promise<T> {
  const { reason, release } = await useBackend(backend, {
    batch: threads === 1 ? Math.max(...[batch].flat()) : 1,
  });
  if (engine !== 'reference') await registerKernels(engine);
  say(`backend ${reason}`);
  try {
    return await work();
  } finally {
    release();
  }
}
