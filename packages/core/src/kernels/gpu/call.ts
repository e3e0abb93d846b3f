import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { GpuBackend } from './backend.js';
import { compile, type GpuProgram } from './program.js';

/** So many floats of a buffer, from the float `first` on. */
export interface Span {
  readonly buffer: GPUBuffer;
  readonly first: number;
  readonly count: number;
}

/** One call of a kernel on a GPU, in the order of the backend's own commands. All tensors are float32. */
export interface GpuCall {
  readonly limits: GPUSupportedLimits;
  input(tensor: TensorInfo): GPUBuffer;
  /** The buffer of a tensor that the kernel changes. */
  inPlace(tensor: TensorInfo): GPUBuffer;
  /** A buffer for a result, with what was there before. */
  output(shape: readonly number[]): GPUBuffer;
  /** A buffer that only the call needs. */
  room(floats: number): GPUBuffer;
  copy(from: Span, to: GPUBuffer, first: number): void;
  /** @param buffers those that the program reads, then those that it writes */
  dispatch(
    program: GpuProgram,
    buffers: readonly GPUBuffer[],
    given: Readonly<Record<string, number>>,
    groups: number,
  ): void;
  /**
   * Submits the commands.
   * @param count the outputs that are wanted; all by default
   * @returns the outputs, in the order in which they were asked for
   */
  finish(count?: number): TensorInfo[];
  /** Frees what was allocated. */
  abort(): void;
}

export function gpuCall(backend: GpuBackend): GpuCall {
  const { device } = backend;
  const outputs: TensorInfo[] = [];
  const passing: TensorInfo[] = [];
  const bufferOf = ({ dataId }: TensorInfo): GPUBuffer => {
    backend.uploadToGPU(dataId);
    backend.commandQueueOwnedIds.add(dataId);
    const { resource } = backend.tensorMap.get(dataId);
    if (resource instanceof GPUBuffer) return resource;
    throw new Error('expected the tensor in a buffer');
  };
  const made = (list: TensorInfo[], shape: readonly number[]): GPUBuffer => {
    const info = backend.makeTensorInfo([...shape], 'float32');
    list.push(info);
    return bufferOf(info);
  };
  backend.ensureCommandEncoderReady();
  return {
    limits: device.limits,
    input: bufferOf,
    inPlace(tensor) {
      const buffer = bufferOf(tensor);
      // What tfjs read from it before is no longer so.
      backend.tensorMap.get(tensor.dataId).values = null;
      return buffer;
    },
    output: (shape) => made(outputs, shape),
    room: (floats) => made(passing, [floats]),
    copy(from, to, first) {
      backend.endComputePassEncoder();
      backend.commandEncoder?.copyBufferToBuffer(from.buffer, 4 * from.first, to, 4 * first, 4 * from.count);
    },
    dispatch(program, buffers, given, groups) {
      const { pipeline, layout } = compile(device, program);
      const uniforms = Object.entries(program.uniforms).map(([name, type]) => ({
        type: type === 'u32' ? ('uint32' as const) : ('float32' as const),
        data: [given[name] ?? 0],
      }));
      const resources = [...buffers.map((buffer) => ({ buffer })), backend.makeUniforms(uniforms)];
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      backend.computePassEncoder ??= backend.commandEncoder?.beginComputePass() ?? null;
      const pass = backend.computePassEncoder;
      if (pass === null) throw new Error('the backend has an encoder');
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
      const most = device.limits.maxComputeWorkgroupsPerDimension;
      const across = Math.min(groups, most);
      pass.dispatchWorkgroups(across, Math.ceil(groups / across));
    },
    finish(count = outputs.length) {
      for (const { dataId } of [...passing, ...outputs.slice(count)]) backend.disposeData(dataId);
      backend.endComputePassEncoder();
      backend.submitQueue();
      return outputs.slice(0, count);
    },
    abort() {
      backend.endComputePassEncoder();
      for (const { dataId } of [...passing, ...outputs]) backend.disposeData(dataId);
    },
  };
}
