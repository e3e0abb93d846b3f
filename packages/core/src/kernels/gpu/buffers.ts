import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Shaped, sizeOf } from '../../op/kernel.js';
import type { GpuCall } from './call.js';

/** The floats of the largest buffer that a kernel can take. */
export function mostFloats({ maxBufferSize, maxStorageBufferBindingSize }: GPUSupportedLimits): number {
  return Math.floor(Math.min(maxBufferSize, maxStorageBufferBindingSize) / 4);
}

/** Why a device has no buffer for so many floats, if it has none: what takes them, and what to do. */
export function obstacleToBuffer(
  whatTakes: string,
  floats: number,
  limits: GPUSupportedLimits,
  remedy: string,
): string | undefined {
  const most = mostFloats(limits);
  if (floats <= most) return undefined;
  return (
    `${whatTakes} a buffer of ${megabytes(floats)} MB on the GPU, ` +
    `whose largest has ${megabytes(most)} MB; ${remedy}`
  );
}

const megabytes = (floats: number): number => Math.ceil((4 * floats) / 1e6);

/** Copies the tensors into a buffer, one behind the other. */
export function pack(call: GpuCall, tensors: readonly TensorInfo[], into: GPUBuffer): void {
  let first = 0;
  for (const tensor of tensors) {
    const count = sizeOf(tensor);
    call.copy({ buffer: call.input(tensor), first: 0, count }, into, first);
    first += count;
  }
}

/** An output of each shape, from those that stand one behind the other. */
export function unpack(call: GpuCall, all: GPUBuffer, shapes: readonly Shaped[]): void {
  let first = 0;
  for (const { shape } of shapes) {
    const count = sizeOf({ shape });
    call.copy({ buffer: all, first, count }, call.output(shape), 0);
    first += count;
  }
}
