import type { TensorInfo } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { copyingHeap } from './copyingHeap.js';
import type { Heap, KernelCall, Pointer } from './heap.js';

/** What of tfjs-backend-wasm is used: the tensors lie in its WebAssembly memory, so kernels run on them in place. */
interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory: WebAssembly.Memory } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: 'float32' | 'int32'): TensorInfo;
  disposeData(dataId: object): boolean;
}

function isWasmBackend(backend: object): backend is WasmBackend {
  return 'wasm' in backend && 'dataIdMap' in backend && 'makeOutput' in backend;
}

/** Runs kernels on the tensors of tfjs-backend-wasm: without a copy, unless its memory is shared among threads. */
export function wasmHeap(backend: object): Heap {
  if (!isWasmBackend(backend)) throw new Error('expected the backend of @tensorflow/tfjs-backend-wasm 4.22');
  return isShared(backend.wasm.asm.memory) ? heapBesideThreads(backend) : heapInPlace(backend);
}

function isShared({ buffer }: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer;
}

/** Where a tensor lies. Above 2 GiB tfjs has it as a negative number. */
function pointerTo({ dataIdMap }: WasmBackend, { dataId }: TensorInfo): Pointer {
  const pointer = dataIdMap.get(dataId).memoryOffset >>> 0;
  // A failed allocation is a null pointer, and tfjs does not look.
  if (pointer === 0) {
    throw new TapeheadError(
      'range',
      'the memory of the wasm backend is used up; take shorter sequences or a smaller batch, or dispose tensors',
    );
  }
  return pointer;
}

function heapInPlace(backend: WasmBackend): Heap {
  const { memory } = backend.wasm.asm;
  const at = (tensor: TensorInfo): Pointer => pointerTo(backend, tensor);
  return {
    memory,
    own: false,
    run(body) {
      const outputs: TensorInfo[] = [];
      const passing: TensorInfo[] = [];
      const made = (list: TensorInfo[], shape: readonly number[], dtype: 'float32' | 'int32'): Pointer => {
        const info = backend.makeOutput(shape, dtype);
        list.push(info);
        return at(info);
      };
      const reserve = (bytes: number): Pointer => made(passing, [Math.ceil(bytes / 4)], 'int32');
      const call: KernelCall = {
        memory,
        input: at,
        inPlace: at,
        output: (shape) => made(outputs, shape, 'float32'),
        integers(values) {
          const pointer = reserve(4 * values.length);
          new Int32Array(memory.buffer, pointer, values.length).set(values);
          return pointer;
        },
        room: reserve,
      };
      try {
        body(call);
      } catch (error) {
        for (const { dataId } of outputs) backend.disposeData(dataId);
        throw error;
      } finally {
        for (const { dataId } of passing) backend.disposeData(dataId);
      }
      return outputs;
    },
  };
}

/** A module with a memory of its own cannot take a shared one: tensors are copied. */
function heapBesideThreads(backend: WasmBackend): Heap {
  const { memory } = backend.wasm.asm;
  const floatsOf = (tensor: TensorInfo): Float32Array => {
    const size = tensor.shape.reduce((product, each) => product * each, 1);
    return new Float32Array(memory.buffer, pointerTo(backend, tensor), size);
  };
  return copyingHeap({
    read: floatsOf,
    write: (tensor, values) => floatsOf(tensor).set(values),
    make(shape, values) {
      const info = backend.makeOutput(shape, 'float32');
      floatsOf(info).set(values);
      return info;
    },
  });
}
