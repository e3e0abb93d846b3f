import { TapeheadError } from '@tapehead/check';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap, KernelCall, Pointer } from './heap.js';

/** What of tfjs-backend-wasm is used: the tensors lie in its WebAssembly memory. */
interface WasmBackend {
  readonly wasm: {
    /** Absent from the exports of the threaded binary, which imports its memory. */
    readonly asm: { readonly memory?: WebAssembly.Memory };
    /** The memory as it is now: tfjs replaces the view when the memory grows. */
    readonly HEAPU8: Uint8Array;
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

/**
 * Runs kernels on the tensors of tfjs-backend-wasm: in its memory, or on copies where its binary is threaded. That
 * binary's memory is shared, and a module that imports a memory that is not shared cannot be linked to it.
 */
export function wasmHeap(backend: object): Heap {
  if (!isWasmBackend(backend)) throw new Error('expected the backend of @tensorflow/tfjs-backend-wasm 4.22');
  const { memory } = backend.wasm.asm;
  return memory === undefined || isShared(memory.buffer) ? copyingHeap(backend) : heapIn(memory, backend);
}

function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;
}

function offsetIn(backend: WasmBackend, { dataId }: TensorInfo): Pointer {
  const { memoryOffset } = backend.dataIdMap.get(dataId);
  // A failed allocation is a null pointer, and tfjs does not look.
  if (memoryOffset === 0) throw new TapeheadError('range', outOfMemory);
  return memoryOffset;
}

/** Without a copy. */
function heapIn(memory: WebAssembly.Memory, backend: WasmBackend): Heap {
  const at = (tensor: TensorInfo): Pointer => offsetIn(backend, tensor);
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

const PAGE = 65_536;
/** Vectors of SIMD are 16 bytes long. */
const ALIGNMENT = 16;

/** In a memory of its own, into which tensors are copied, and out of it. */
function copyingHeap(backend: WasmBackend): Heap {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return { memory, call: () => callOnCopies(memory, backend) };
}

function callOnCopies(memory: WebAssembly.Memory, backend: WasmBackend): KernelCall {
  let top = ALIGNMENT;
  const outputs: { shape: number[]; pointer: Pointer }[] = [];
  const changed: { tensor: TensorInfo; pointer: Pointer }[] = [];
  const reserve = (bytes: number): Pointer => {
    const pointer = top;
    top += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return pointer;
  };
  const copyIn = (tensor: TensorInfo): Pointer => {
    const pointer = reserve(4 * sizeOf(tensor));
    new Float32Array(memory.buffer, pointer, sizeOf(tensor)).set(viewOf(backend, tensor));
    return pointer;
  };
  const copyOut = (tensor: TensorInfo, pointer: Pointer): void =>
    viewOf(backend, tensor).set(new Float32Array(memory.buffer, pointer, sizeOf(tensor)));
  return {
    input: copyIn,
    inPlace(tensor) {
      const pointer = copyIn(tensor);
      changed.push({ tensor, pointer });
      return pointer;
    },
    output(shape) {
      const pointer = reserve(4 * sizeOf({ shape }));
      outputs.push({ shape, pointer });
      return pointer;
    },
    integers(values) {
      const pointer = reserve(4 * values.length);
      new Int32Array(memory.buffer, pointer, values.length).set(values);
      return pointer;
    },
    room: reserve,
    finish() {
      for (const { tensor, pointer } of changed) copyOut(tensor, pointer);
      return outputs.map(({ shape, pointer }) => {
        const info = backend.makeOutput(shape, 'float32');
        copyOut(info, pointer);
        return info;
      });
    },
  };
}

function sizeOf({ shape }: Pick<TensorInfo, 'shape'>): number {
  return shape.reduce((product, each) => product * each, 1);
}

/** A tensor where tfjs keeps it. Any allocation may replace the buffer, so views are never kept. */
function viewOf(backend: WasmBackend, tensor: TensorInfo): Float32Array {
  return new Float32Array(backend.wasm.HEAPU8.buffer, offsetIn(backend, tensor), sizeOf(tensor));
}
