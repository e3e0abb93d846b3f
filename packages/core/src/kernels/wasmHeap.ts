import type { TensorInfo } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { ALIGNMENT, aligned, type Heap, type KernelCall, type Pointer } from './heap.js';

/** What of tfjs-backend-wasm is used: the tensors lie in its WebAssembly memory, so kernels run on them in place. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory?: WebAssembly.Memory };
    /** The threaded binary imports its memory, which is shared. */
    readonly wasmMemory?: WebAssembly.Memory;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: 'float32' | 'int32'): TensorInfo;
  disposeData(dataId: object): boolean;
}

function isWasmBackend(backend: object): backend is WasmBackend {
  return 'wasm' in backend && 'dataIdMap' in backend && 'makeOutput' in backend;
}

/** Where a tensor lies. A failed allocation is a null pointer, and above 2 GiB tfjs has negative ones, which it misreads. */
function pointerTo({ dataIdMap }: WasmBackend, { dataId }: TensorInfo): Pointer {
  const pointer = dataIdMap.get(dataId).memoryOffset | 0;
  if (pointer > 0) return pointer;
  throw new TapeheadError(
    'range',
    'the memory of the wasm backend is used up; take shorter sequences or a smaller batch, or dispose tensors',
  );
}

/** Runs kernels on the tensors of tfjs-backend-wasm without a copy. */
export function wasmHeap(backend: object): Heap {
  if (!isWasmBackend(backend)) throw new Error('expected the backend of @tensorflow/tfjs-backend-wasm 4.22');
  const memory = backend.wasm.asm.memory ?? backend.wasm.wasmMemory;
  if (memory === undefined) throw new Error('expected the memory of @tensorflow/tfjs-backend-wasm 4.22');
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
        room: (bytes) => aligned(reserve(bytes + ALIGNMENT)),
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
