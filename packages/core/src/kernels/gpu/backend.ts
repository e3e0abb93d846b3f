import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';

/** A 32-bit number that a program is told beside its buffers. */
export interface Uniform {
  readonly type: 'uint32' | 'float32';
  readonly data: readonly number[];
}

/** What of tfjs-backend-webgpu is used: its device, its command encoder, and the buffers of its tensors. */
export interface GpuBackend {
  readonly device: GPUDevice;
  readonly commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  readonly commandQueueOwnedIds: { add(dataId: object): void };
  readonly tensorMap: {
    get(dataId: object): { values: unknown; readonly resource?: unknown; readonly dtype: DataType };
  };
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  makeUniforms(uniforms: Uniform[]): GPUBufferBinding;
  makeTensorInfo(shape: number[], dtype: DataType, values?: Float32Array): TensorInfo;
  uploadToGPU(dataId: object): void;
  disposeData(dataId: object): boolean;
}

const members = ['device', 'tensorMap', 'ensureCommandEncoderReady', 'makeUniforms', 'uploadToGPU'];

/** The webgpu backend among the backends of tfjs. */
export function gpuBackend(backend: object): GpuBackend {
  if (isGpuBackend(backend)) return backend;
  throw new Error('expected the backend of @tensorflow/tfjs-backend-webgpu 4.22');
}

/** What the device of a webgpu backend of tfjs allows. */
export function limitsOf(backend: object): GPUSupportedLimits {
  return gpuBackend(backend).device.limits;
}

function isGpuBackend(backend: object): backend is GpuBackend {
  return members.every((member) => member in backend);
}
