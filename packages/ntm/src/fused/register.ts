import { registerCpuKernel, registerGpuKernel, registerGpuOp, registerOp } from '@tapehead/core/kernels';
import { scan, scanEngine } from '@tapehead/scan';
import { registerFused as registerScan } from '@tapehead/scan/fused';
import { baselineOnCpu } from '../baseline/fused/bodies.js';
import { baselineOp } from '../baseline/fused/op.js';
import { modules } from '../generated/kernels.js';
import { useScanner } from '../scanned.js';
import { ntmOnCpu, traceOnCpu } from './bodies.js';
import { ntmOnGpu, traceOnGpu } from './gpu.js';
import { ntmOp, traceKernel } from './op.js';

/**
 * Registers the whole-sequence kernels: those of the NTM, and those of `scan` for nets with a controller of your own, on the
 * webgpu, wasm and cpu backends; those of the LSTM baseline on wasm and cpu. From then on every net whose
 * `engine` is not `reference` runs on them. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGpuOp(ntmOp, ntmOnGpu);
  registerGpuKernel(traceKernel, traceOnGpu, ntmOnGpu.workspaces);
  await registerOp(ntmOp, modules, ntmOnCpu);
  await registerCpuKernel(traceKernel, modules, traceOnCpu, ntmOnCpu.workspace);
  await registerOp(baselineOp, modules, baselineOnCpu);
  await registerScan();
  useScanner({ scan, scanEngine });
}
