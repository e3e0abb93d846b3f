import { getKernel, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Op } from '../../op/declare.js';
import { guard } from '../../op/guard.js';
import type { Kernel, Port, Settings } from '../../op/kernel.js';
import { choices, type RegisteredOp } from '../../op/registered.js';
import { registerGradients } from '../gradients.js';
import { inTurn } from '../inputs.js';
import { gpuBackend } from './backend.js';
import { obstacleToBuffer } from './buffers.js';
import { type GpuCall, gpuCall } from './call.js';
import { watched } from './health.js';

/** What a kernel does on a GPU, with tensors that have passed the guard. It asks the call for its outputs itself. */
export type GpuBody<S extends Settings> = (call: GpuCall, inputs: readonly TensorInfo[], settings: S) => void;

/** The kernels of an op on a GPU. */
export interface GpuOp<S extends Settings> {
  readonly forward: GpuBody<S>;
  readonly backward: GpuBody<S>;
  /** The floats of each workspace that the forward pass leaves. Default: none. */
  workspaces?(settings: S, limits: GPUSupportedLimits): readonly number[];
  /** The floats of the largest buffer that the kernels need. */
  largest(settings: S, limits: GPUSupportedLimits): number;
}

/** Registers the kernels of an op on the webgpu backend, unless they are there, and its gradient. */
export function registerGpuOp<S extends Settings>(op: Op<S>, gpu: GpuOp<S>): void {
  registerGradients(op);
  const portsOf = (settings: S, limits: GPUSupportedLimits) =>
    (gpu.workspaces?.(settings, limits) ?? []).map(
      (floats): Port => ({ name: 'workspace', shape: [floats] }),
    );
  const obstacleTo = (settings: S, backend: object) => {
    const { limits } = gpuBackend(backend).device;
    const what = `${op.name} (${op.about(settings)}) takes`;
    return obstacleToBuffer(what, gpu.largest(settings, limits), limits, remedy);
  };
  register(op.forward, gpu.forward, () => [], choices(op, obstacleTo));
  register(op.backward, gpu.backward, portsOf);
}

/** Registers a kernel without a gradient on the webgpu backend, unless it is there. */
export function registerGpuKernel<S extends Settings>(
  kernel: Kernel<S>,
  body: GpuBody<S>,
  workspaces: (settings: S, limits: GPUSupportedLimits) => readonly number[] = () => [],
): void {
  register(kernel, body, (settings, limits) =>
    workspaces(settings, limits).map((floats) => ({ name: 'workspace', shape: [floats] })),
  );
}

const remedy = 'take a smaller batch or shorter sequences';

function register<S extends Settings>(
  kernel: Kernel<S>,
  body: GpuBody<S>,
  portsOf: (settings: S, limits: GPUSupportedLimits) => readonly Port[],
  choice: Partial<RegisteredOp<S>> = {},
): void {
  if (getKernel(kernel.name, 'webgpu')) return;
  const config: RegisteredOp<S> = {
    kernelName: kernel.name,
    backendName: 'webgpu',
    kernelFunc({ inputs, attrs, backend }) {
      const gpu = gpuBackend(backend);
      const given = inTurn(inputs);
      const settings = kernel.settingsOf(attrs ?? {}, given);
      guard(kernel.name, given, kernel.takes(settings, given, portsOf(settings, gpu.device.limits)));
      return watched(gpu.device, () => {
        const call = gpuCall(gpu);
        try {
          body(call, given, settings);
          return call.finish(attrs?.keep === false ? kernel.gives(settings, given).length : undefined);
        } catch (error) {
          call.abort();
          throw error;
        }
      });
    },
    ...choice,
  };
  registerKernel(config);
}
