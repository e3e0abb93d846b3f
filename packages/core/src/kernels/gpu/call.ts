import type { TensorInfo } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../op/kernel.js';
import { needed } from '../inputs.js';
import type { GpuBackend } from './backend.js';
import { compile, type GpuProgram } from './program.js';

/** So many floats of a buffer, from the float `first` on. */
export interface Span {
  readonly buffer: GPUBuffer;
  readonly first: number;
  readonly count: number;
}

/** Buffers by the names under which a program finds them. */
export type GpuBuffers = Readonly<Record<string, GPUBuffer | undefined>>;

/** A program, the buffers that it finds under their names, and the numbers that it finds as `given.NAME`. */
export interface GpuWork extends Pick<GpuProgram, 'key' | 'lanes' | 'code' | 'readType'> {
  readonly reads?: GpuBuffers;
  readonly writes: GpuBuffers;
  /** 32-bit integers. */
  readonly integers: Readonly<Record<string, number>>;
  /** float32. */
  readonly floats?: Readonly<Record<string, number>>;
  /** The workgroups. */
  readonly groups: number;
}

/** One call of a kernel on a GPU, in the order of the backend's own commands. All tensors are float32. */
export interface GpuCall {
  readonly limits: GPUSupportedLimits;
  /** The buffer of a tensor, or one of its numbers as float32: where tfjs casts integers, it leaves them as they are. */
  input(tensor: TensorInfo): GPUBuffer;
  /** The buffer of a tensor that the kernel changes. */
  inPlace(tensor: TensorInfo): GPUBuffer;
  /** A buffer for a result, with what was there before. */
  output(shape: readonly number[]): GPUBuffer;
  /** A buffer that only the call needs. */
  room(floats: number): GPUBuffer;
  /** A buffer of these numbers that only the call needs. */
  constant(values: Float32Array): GPUBuffer;
  /** Copies a span to the float `first` of another buffer. */
  copy(from: Span, to: GPUBuffer, first: number): void;
  /** Runs a program. */
  run(work: GpuWork): void;
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
  const made = (list: TensorInfo[], shape: readonly number[], values?: Float32Array): GPUBuffer => {
    const info = backend.makeTensorInfo([...shape], 'float32', values);
    list.push(info);
    return bufferOf(info);
  };
  backend.ensureCommandEncoderReady();
  const call: GpuCall = {
    limits: device.limits,
    input(tensor) {
      const buffer = bufferOf(tensor);
      return backend.tensorMap.get(tensor.dataId).dtype === 'float32'
        ? buffer
        : asFloats(call, buffer, tensor);
    },
    inPlace(tensor) {
      const buffer = bufferOf(tensor);
      // What tfjs read from it before is no longer so.
      backend.tensorMap.get(tensor.dataId).values = null;
      return buffer;
    },
    output: (shape) => made(outputs, shape),
    room: (floats) => made(passing, [floats]),
    constant: (values) => made(passing, [values.length], values),
    copy(from, to, first) {
      backend.endComputePassEncoder();
      backend.commandEncoder?.copyBufferToBuffer(from.buffer, 4 * from.first, to, 4 * first, 4 * from.count);
    },
    run({ reads = {}, writes, integers, floats = {}, groups, ...program }) {
      const { pipeline, layout } = compile(device, {
        ...program,
        reads: Object.keys(reads),
        writes: Object.keys(writes),
        uniforms: { ...typed(integers, 'u32'), ...typed(floats, 'f32') },
      });
      const uniforms = [
        ...Object.values(integers).map((value) => ({ type: 'uint32' as const, data: [value] })),
        ...Object.values(floats).map((value) => ({ type: 'float32' as const, data: [value] })),
      ];
      const buffers = [...Object.values(reads), ...Object.values(writes)].map(needed);
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
  return call;
}

/** A buffer of whole numbers as float32. */
function asFloats(call: GpuCall, whole: GPUBuffer, tensor: TensorInfo): GPUBuffer {
  const count = sizeOf(tensor);
  const floats = call.room(count);
  const lanes = 64;
  call.run({
    key: 'whole numbers as float32',
    reads: { whole },
    readType: 'i32',
    writes: { floats },
    integers: { count },
    lanes,
    groups: Math.ceil(count / lanes),
    code: () => `
fn run(group: u32) {
  let i = group * LANES + lane;
  if (i < given.count) { floats[i] = f32(whole[i]); }
}
`,
  });
  return floats;
}

function typed<T extends 'u32' | 'f32'>(
  numbers: Readonly<Record<string, number>>,
  type: T,
): Record<string, T> {
  return Object.fromEntries(Object.keys(numbers).map((name) => [name, type]));
}
