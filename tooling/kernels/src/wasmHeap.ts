import { TapeheadError } from '@tapehead/check';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap, Pointer } from './heap.js';

/** What of tfjs-backend-wasm is used: the tensors lie in its WebAssembly memory, so kernels run on them in place. */
interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory?: WebAssembly.Memory };
    /** The threaded binary imports its memory, which is shared. */
    readonly wasmMemory?: WebAssembly.Memory;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: Pointer } };
  makeOutput(shape: number[], dtype: 'float32' | 'int32'): TensorInfo;
  disposeData(dataId: object): boolean;
}

function isWasmBackend(backend: object): backend is WasmBackend {
  return 'wasm' in backend && 'dataIdMap' in backend && 'makeOutput' in backend;
}

const outOfMemory =
  'the memory of the wasm backend is used up: expected sequences and batches that fit into it; ' +
  'take shorter sequences or smaller batches';

/** Runs kernels on the tensors of tfjs-backend-wasm without a copy. */
export function wasmHeap(backend: object): Heap {
  if (!isWasmBackend(backend)) throw new Error('expected the backend of @tensorflow/tfjs-backend-wasm 4.22');
  const memory = backend.wasm.asm.memory ?? backend.wasm.wasmMemory;
  if (memory === undefined) throw new Error('expected the memory of @tensorflow/tfjs-backend-wasm 4.22');
  const at = ({ dataId }: TensorInfo): Pointer => {
    const { memoryOffset } = backend.dataIdMap.get(dataId);
    // A failed allocation is a null pointer, and tfjs does not look.
    if (memoryOffset === 0) throw new TapeheadError('range', outOfMemory);
    return memoryOffset;
  };
  return {
    memory,
    call() {
      const outputs: TensorInfo[] = [];
      const passing: TensorInfo[] = [];
      const reserve = (bytes: number): Pointer => {
        const info = backend.makeOutput([Math.ceil(bytes / 4)], 'int32');
        passing.push(info);
        return at(info);
      };
      return {
        input: at,
        inPlace: at,
        output(shape) {
          const info = backend.makeOutput(shape, 'float32');
          outputs.push(info);
          return at(info);
        },
        integers(values) {
          const pointer = reserve(4 * values.length);
          new Int32Array(memory.buffer, pointer, values.length).set(values);
          return pointer;
        },
        room: reserve,
        finish() {
          for (const { dataId } of passing) backend.disposeData(dataId);
          return outputs;
        },
      };
    },
  };
}
